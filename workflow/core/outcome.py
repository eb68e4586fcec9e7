"""What a turn ends in. Values; one writer (`engine.settlement`) turns each into a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.core.events import JSON, NewEvent


@dataclass(frozen=True, slots=True)
class Finished:
    """The definition returned: result, and for a machine how it ended (None, REJECTED, TIMED_OUT)."""

    result: Any
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """Nothing to do until `until`, or until one of `names` comes. `standing`: the run clock stands still."""

    names: tuple[str, ...]
    until: datetime | None
    standing: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A deliberate end: roll back what has undos. `status` is the terminal status when nothing has."""

    failure: JSON
    status: str = "FAILED"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Staff must decide; `incident` is the payload of INCIDENT_OPENED."""

    incident: JSON


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The rollback is through; `failed` holds an incident for each undo that failed for good."""

    failed: list[JSON]


@dataclass(frozen=True, slots=True)
class Paused:
    """A named person asked for it."""

    actor_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Continued:
    """A new history begins with this event."""

    event: NewEvent


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Nobody's fault: due again at once, for whoever is free."""

    reason: str


Outcome = Finished | Parked | Failed | Blocked | RolledBack | Paused | Continued | GivenBack
