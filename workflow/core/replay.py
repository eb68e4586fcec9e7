"""Matching code with history: positions, iterations, consumed signals, and the cursor a later turn begins at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Never, ParamSpec, TypeVar

from workflow.core.definition import Definition, StepDefinition
from workflow.core.errors import CodecError, CommandInCleanup, Divergence, Fenced, Released, Suspended
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.history import History
from workflow.core.ports import Effects, InstanceFacts
from workflow.core.recorded import CommandKind, Recorded, RecordedSignal

A = ParamSpec("A")
R = TypeVar("R")


class Replay:
    """What a Run knows of where it is in its history."""

    def __init__(
        self, *, definition: Definition[Any, Any], instance: InstanceFacts, history: History, effects: Effects
    ) -> None:
        self.definition = definition
        self.instance = instance
        self.history = history
        self.effects = effects
        self._suspended = False
        self._end: BaseException | None = None  # what ended the turn, should the author's code swallow it
        self.at_rest = False  # a machine waits between two transitions
        cursor = history.cursor or {}
        self._position: int = cursor.get("position", 0)
        self._iterations: Counter[str] = Counter(cursor.get("iterations", {}))
        self._draws: int = cursor.get("draws", 0)
        self._consumed: set[int] = set()
        self._now = datetime.fromisoformat(cursor["now"]) if cursor else history.started_at
        self._entered_at = datetime.fromisoformat(cursor["entered_at"]) if cursor.get("entered_at") else self._now
        self.state: str | None = cursor.get("state")
        self.memory: JSON = dict(cursor.get("memory", {}))
        self.reached: str | None = cursor.get("reached")  # how a machine came to its state

    def now(self) -> datetime:
        """The instant of the last fact this run has seen: the same on every replay."""
        assert self._now is not None
        return self._now

    def take(self, fits: Callable[[RecordedSignal], bool], *, before: int | None = None) -> RecordedSignal | None:
        """Consume the earliest unread signal that fits and came before the wait's time-out."""
        for signal in self.history.signals:
            if signal.sequence_number in self._consumed or not fits(signal):
                continue
            if before is not None and signal.sequence_number > before:
                return None
            self._consumed.add(signal.sequence_number)
            self.see(signal.at)
            return signal
        return None

    # -- the cursor ----------------------------------------------------------------------------------------------------

    def cursor(self) -> JSON:
        """Where a later turn may begin without reading what stands before."""
        unread = [s.to_json() for s in self.history.signals if s.sequence_number not in self._consumed]
        return {
            "position": self._position,
            "iterations": dict(self._iterations),
            "draws": self._draws,
            "unread": unread,
            "state": self.state,
            "memory": self.memory,
            "reached": self.reached,
            "markers": self.history.markers,
            "pivoted": self.history.pivoted,
            "entered_at": self._entered_at and self._entered_at.isoformat(),
            "now": self.effects.now().isoformat(),
        }

    @property
    def entered_at(self) -> datetime:
        """When the present state was entered (not counting self-transitions)."""
        assert self._entered_at is not None
        return self._entered_at

    # -- matching code with history ------------------------------------------------------------------------------------

    def iterated(self, name: str) -> str:
        self._iterations[name] += 1
        return f"{name}#{self._iterations[name]}"

    def next_command(
        self, kind: CommandKind, name: str, raw: Any, step: StepDefinition[..., Any] | None = None
    ) -> tuple[int, str, Recorded | None]:
        if self._suspended:
            raise CommandInCleanup(
                f"{kind} {name} was asked for while the turn was being suspended; move it out of finally."
            )
        self._position += 1
        recorded = self.history.commands.get(self._position)
        if recorded is not None:
            self._agree(recorded, kind, name, raw, step)
        elif self._position < self.history.last_position and kind != CommandKind.STEP:
            self._diverge("nothing", f"{kind} {name}", None)
        return self._position, name, recorded

    def _agree(
        self, recorded: Recorded, kind: CommandKind, name: str, raw: Any, step: StepDefinition[..., Any] | None
    ) -> None:
        if recorded.kind != kind or recorded.name != name:
            self._diverge(f"{recorded.kind} {recorded.name}", f"{kind} {name}", recorded.sequence_number)
        if raw == recorded.input or (step is not None and _same_input(step, recorded.input, raw)):
            return
        self._diverge(f"{name} with input {recorded.input}", f"input {raw}", recorded.sequence_number)

    def _diverge(self, expected: str, found: str, sequence_number: int | None) -> Never:
        raise Divergence(
            f"Position {self._position}: the history holds {expected}, the code asks for {found}.",
            position=self._position,
            expected=expected,
            found=found,
            sequence_number=sequence_number,
        )

    def finished(self) -> None:
        """Called when the code returned: commands left over in the history diverge; a swallowed end stands."""
        if self._end is not None:
            raise self._end
        self._used_up("the end of the code")

    def _used_up(self, asked: str) -> None:
        if self.history.last_position > self._position:
            left = self.history.commands[min(p for p in self.history.commands if p > self._position)]
            self._position = left.position
            self._diverge(f"{left.kind} {left.name}", asked, left.sequence_number)

    def live(self, effect: Callable[A, R], /, *given: A.args, **more: A.kwargs) -> R:
        """Every effect goes through here: never while commands are left in the history. One that ends the turn ends
        all commands, so that a `finally` of the author's begins nothing."""
        self._used_up("more work before it")
        try:
            return effect(*given, **more)
        except (Suspended, Fenced, Released) as end:
            self._suspended, self._end = True, end
            raise

    def suspend(self) -> None:
        """From now on every command is refused: the turn is being unwound."""
        self._suspended = True

    def record(self, kind: EventType, payload: JSON, name: str) -> Recorded:
        self.effects.record(NewEvent(kind, payload, name))
        return self.history.commands[payload["position"]]

    def see(self, at: datetime | None) -> None:
        if at is not None and (self._now is None or at > self._now):
            self._now = at


def _same_input(step: StepDefinition[..., Any], recorded: Any, raw: Any) -> bool:
    """The recorded input read through today's type: an added parameter with a default is the same input."""
    try:
        loaded = step.parameters.load(recorded)
    except CodecError:  # today's type cannot read it: that is a difference
        return False
    return bool(step.parameters.dump((), loaded) == raw)
