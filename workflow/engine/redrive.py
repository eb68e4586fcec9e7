"""Driving today's code against a recorded history, without any effect. Read `redrive`.

The code is driven over the events before the rollback or the end. Whatever history does not answer stops it; what it
asks for otherwise, or an end that is not the recorded one, is a divergence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Never

from workflow.core.definition import Definition, StepDefinition
from workflow.core.errors import ApplicationFailure, ChildFailed, Divergence, StepFailed, Suspended
from workflow.core.events import TERMINAL_EVENTS, Event, EventType, NewEvent
from workflow.core.history import History
from workflow.core.machine import Ended
from workflow.core.ports import InstanceFacts
from workflow.core.recorded import CommandKind, Recorded
from workflow.core.run import Run
from workflow.engine.failures import error_of

ENDS_OF_THE_CODE = TERMINAL_EVENTS | {EventType.COMPENSATING, EventType.COMPENSATION_FAILED}
FROM_OUTSIDE = frozenset({"TIMED_OUT", "CANCELLED", "TERMINATED"})


@dataclass(frozen=True, slots=True)
class Diverged:
    """The first place where code and history part. `sequence_number`: of the event that the code does not repeat."""

    sequence_number: int | None
    position: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The code asks for something that history does not hold."""


@dataclass(frozen=True, slots=True)
class Returned:
    result: Any
    reason: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """It raised a deliberate failure."""

    type: str


@dataclass(frozen=True, slots=True)
class Broke:
    """It raised what blocks an instance by an incident."""

    error: str


End = Stopped | Returned | Failed | Broke


class NoEffects:
    """The live side of a Run that has none: the first command beyond the history ends the drive."""

    def __init__(self, history: History) -> None:
        self.run: Redriven | None = None
        self._history = history

    def before_command(self) -> Never:
        if self.run is not None:
            self.run.suspend()
        raise Suspended(Stopped())

    def now(self) -> datetime:
        assert self._history.last_at is not None
        return self._history.last_at

    def record(self, event: NewEvent) -> Never:
        if self.run is not None:
            self.run.asked = f"{event.type} {event.step_key}"
        self.before_command()

    def perform(self, *_: Any) -> Never:
        self.before_command()

    def perform_all(self, *_: Any) -> Never:
        self.before_command()

    def wait(self, *_: Any) -> Never:
        self.before_command()

    def start_child(self, *_: Any) -> Never:
        self.before_command()

    def answer(self, *_: Any) -> None:
        """Whoever asked was answered long ago."""

    def continue_as(self, *_: Any) -> Never:
        self.before_command()


class Redriven(Run):
    """A Run that remembers what the code asked for last."""

    asked = "nothing"

    def next_command(
        self, kind: CommandKind, name: str, raw: Any, step: StepDefinition[..., Any] | None = None
    ) -> tuple[int, str, Recorded | None]:
        self.asked = f"{kind} {name}"
        return super().next_command(kind, name, raw, step)

    @property
    def position(self) -> int:
        return self._position


def redrive(definition: Definition[Any, Any], facts: InstanceFacts, events: list[Event]) -> Diverged | None:
    """None: the code repeats its history, command by command, and ends as recorded (or goes on beyond it)."""
    cut = next((event for event in events if event.type in ENDS_OF_THE_CODE), None)
    history = History.fold(events if cut is None else events[: cut.sequence_number - 1])
    effects = NoEffects(history)
    run = effects.run = Redriven(definition=definition, instance=facts, history=history, effects=effects)
    try:
        end = _end(definition, run)
    except Divergence as found:
        return Diverged(found.sequence_number, found.position, found.expected, found.found)
    return _left_over(run, end) or _judge(run, end, cut)


def _end(definition: Definition[Any, Any], run: Redriven) -> End:
    try:
        value = definition.drive(run, definition.input.load(run.history.input))
        run.finished()
        if isinstance(value, Ended):
            return Returned({"state": value.state}, value.reason)
        return Returned(definition.result.dump(value), None)
    except Suspended:
        return Stopped()
    except ApplicationFailure as failure:
        return Failed(failure.type)
    except StepFailed:
        return Failed("STEP_FAILED")
    except ChildFailed:
        return Failed("CHILD_FAILED")
    except Exception as bug:  # noqa: BLE001  a finding, whatever it is
        described = error_of(bug)
        return Broke(f"{described['type']}: {described['message']}")


def _left_over(run: Redriven, end: End) -> Diverged | None:
    """Commands that stand in the history beyond the place where the code stopped."""
    left = [position for position in run.history.commands if position > run.position]
    if not left:
        return None
    recorded = run.history.commands[min(left)]
    found = f"{run.asked} (not in the history)" if isinstance(end, Stopped) else _words(end)
    return Diverged(recorded.sequence_number, recorded.position, f"{recorded.kind} {recorded.name}", found)


def _judge(run: Redriven, end: End, cut: Event | None) -> Diverged | None:
    """Whether the code ends as the history says it did."""
    if cut is None:
        surprising = isinstance(end, Broke) and run.history.incidents == 0
        return _differs(run, None, "the code going on or waiting", end) if surprising else None
    failure = (cut.payload.get("failure") or {}).get("type")
    wanted: Callable[[End], bool]
    match cut.type, failure:
        case EventType.COMPLETED, _:
            wanted = lambda e: isinstance(e, Returned) and e.result == cut.payload.get("result")  # noqa: E731
        case _, "REJECTED":
            wanted = lambda e: isinstance(e, Returned) and e.reason == "REJECTED"  # noqa: E731
        case _, kind if kind in FROM_OUTSIDE:
            return None  # it was stopped from outside, wherever it was
        case _, kind:
            wanted = lambda e: e == Failed(str(kind))  # noqa: E731
    expected = f"{cut.type} ({failure})" if failure else f"{cut.type} with its result"
    return None if wanted(end) else _differs(run, cut, expected, end)


def _differs(run: Redriven, cut: Event | None, expected: str, end: End) -> Diverged:
    number = cut.sequence_number if cut is not None else None
    found = f"{run.asked} (not in the history)" if isinstance(end, Stopped) else _words(end)
    return Diverged(number, run.position, expected, found)


def _words(end: End) -> str:
    match end:
        case Returned(reason=reason):
            return f"the end of the code ({reason})" if reason else "the end of the code with a result of its own"
        case Failed(type=kind):
            return f"the failure {kind}"
        case Broke(error=error):
            return f"an error: {error}"
        case Stopped():
            return "another command"
