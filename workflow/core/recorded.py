"""What history knows of one command and of one signal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from workflow.core.events import JSON


class CommandKind(StrEnum):
    STEP = "STEP"
    SIDE_EFFECT = "SIDE_EFFECT"
    WAIT = "WAIT"
    TIMER = "TIMER"
    CHILD = "CHILD"
    ENTER = "ENTER"
    PUBLISH = "PUBLISH"
    CONTINUE = "CONTINUE"


class Attempt(StrEnum):
    """How the latest attempt of a step stands."""

    NONE = "NONE"  # never started
    RUNNING = "RUNNING"  # its intent is durable, its end is not known
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"  # ended, and it raised
    REFUSED = "REFUSED"  # ended, definitely nothing done
    TIMED_OUT = "TIMED_OUT"  # deadline passed: unknown for external steps
    UNKNOWN = "UNKNOWN"  # may have happened


@dataclass(slots=True)
class Recorded:
    """What history knows of one command."""

    position: int
    kind: CommandKind
    name: str
    input: Any = None
    sequence_number: int = 0
    concluded: bool = False  # it has an outcome: output or error
    output: Any = None
    error: JSON | None = None
    at: datetime | None = None  # when it was concluded
    attempt: int = 0
    generation: int = 1
    latest: Attempt = Attempt.NONE
    failures: int = 0
    reconciles: int = 0
    reconciled_not_done: bool = False
    next_attempt_at: datetime | None = None
    first_started_at: datetime | None = None
    unknown_since: datetime | None = None
    idempotency_key: str | None = None
    undo: str | None = None
    ref: str | None = None  # where the step's code stands, for its rollback
    pivot: bool = False
    staff_input: Any = None
    names: tuple[str, ...] = ()
    until: datetime | None = None
    fired_sequence: int | None = None


@dataclass(slots=True)
class RecordedSignal:
    sequence_number: int
    name: str
    data: Any
    actor: str | None
    actor_id: str | None
    at: datetime
    inbox_number: int | None = None

    def to_json(self) -> JSON:
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, raw: JSON) -> RecordedSignal:
        return cls(**{**raw, "at": datetime.fromisoformat(raw["at"])})
