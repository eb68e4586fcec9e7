"""What the core needs of the engine. The turn, the replayer and the test kit each implement `Effects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Never, Protocol

from workflow.core.definition import Definition, StepDefinition
from workflow.core.events import JSON, NewEvent
from workflow.core.recorded import Recorded, RecordedSignal


@dataclass(slots=True)
class StepCommand:
    """One call of a step, as the code asks for it."""

    step: StepDefinition[..., Any]
    position: int
    step_key: str  # name#iteration
    input: JSON
    recorded: Recorded | None


@dataclass(slots=True)
class InstanceFacts:
    """The unchanging columns of an instance that authors may read."""

    id: str
    workflow: str
    version: int
    business_key: str | None
    correlation_id: str
    input: Any


class Clock(Protocol):
    def now(self) -> datetime: ...


class Effects(Protocol):
    """The live side of a Run: everything history does not answer."""

    def before_command(self) -> None:
        """Honour controls, the run deadline and a grown inbox; may raise Suspended."""

    def now(self) -> datetime: ...

    def record(self, event: NewEvent) -> None:
        """Append to the history; written with the next checkpoint."""

    def perform(self, command: StepCommand) -> None:
        """Run or resume a step until its record is concluded; may raise Suspended."""

    def perform_all(self, commands: list[StepCommand]) -> None:
        """The same for parallel steps: returns when each is concluded."""

    def wait(self, position: int, names: tuple[str, ...], until: datetime | None) -> None:
        """Return once something new is recorded (a signal, TIMER_FIRED, a child's end); else raise Suspended."""

    def start_child(
        self, event: NewEvent, child: Definition[Any, Any], raw_input: Any, business_key: str | None
    ) -> None:
        """Write the child and CHILD_STARTED in one checkpoint."""

    def answer(self, signal: RecordedSignal, answer: JSON) -> None:
        """Store what the caller of an action is to be told."""

    def continue_as(self, event: NewEvent) -> Never: ...
