"""Run: the author's handle. Each command answers from history, or does the work and appends to history.

Read `step` first; every other command has the same shape: take a position, match it with the record, answer or act.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Never, ParamSpec, TypeVar

from workflow.core.codec import Codec
from workflow.core.definition import Definition, StepDefinition
from workflow.core.errors import ChildFailed, StepFailed, VersionUnknown
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.ports import StepCommand
from workflow.core.recorded import CommandKind, Recorded, RecordedSignal
from workflow.core.replay import Replay

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741


@dataclass(frozen=True, slots=True)
class Signal:
    """What `wait_for` answers: the name that came, its data in the declared type, and who sent it."""

    name: str
    data: Any
    actor: str | None
    actor_id: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A step with its arguments, for `run.parallel`."""

    step: StepDefinition[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(step: StepDefinition[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Call:
    return Call(step, args, kwargs)


class Run(Replay):
    """One drive of a definition over one instance. Everything an author asks of it is a command of the history."""

    # -- facts ---------------------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.instance.id

    @property
    def input(self) -> Any:
        """The instance's input in its declared type."""
        return self.definition.input.load(self.history.input)

    def uuid4(self) -> uuid.UUID:
        """A UUID derived from instance and draw: the same on every replay."""
        drawn = uuid.uuid5(uuid.UUID(self.id), f"uuid4:{self._draw()}")
        return uuid.UUID(bytes=drawn.bytes, version=4)

    def random(self) -> float:
        """A number in 0..1 derived from instance and draw; not for secrets (use `side_effect`)."""
        return random.Random(f"{self.id}:random:{self._draw()}").random()  # noqa: S311

    def _draw(self) -> int:
        self._draws += 1
        return self._draws

    # -- commands ------------------------------------------------------------------------------------------------------

    def step(self, step: StepDefinition[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a step, or answer what it answered. Raises StepFailed when it failed for good."""
        command = self._step_command(Call(step, args, kwargs))
        if command.recorded is None or not command.recorded.concluded:
            self.live(self.effects.before_command)
            self.live(self.effects.perform, command)
        result: T = self._step_result(command)
        return result

    def parallel(self, *calls: Call) -> list[Any]:
        """Run steps side by side; results in argument order. When one fails, the others end first."""
        commands = [self._step_command(each) for each in calls]
        if any(command.recorded is None or not command.recorded.concluded for command in commands):
            self.live(self.effects.before_command)
            self.live(self.effects.perform_all, commands)
        failures: list[StepFailed] = []
        results: list[Any] = []
        for command in commands:
            try:
                results.append(self._step_result(command))
            except StepFailed as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return results

    def side_effect(self, key: str, function: Callable[[], T], *, type: Any = Any) -> T:  # noqa: A002
        """Record the value of a non-deterministic function once; every replay answers the recorded one."""
        codec = Codec(type)
        position, name, recorded = self.next_command(CommandKind.SIDE_EFFECT, self.iterated(key), None)
        if recorded is None:
            self.live(self.effects.before_command)
            payload = {"position": position, "value": codec.dump(function())}
            recorded = self.record(EventType.SIDE_EFFECT, payload, name)
        self.see(recorded.at)
        value: T = codec.load(recorded.output)
        return value

    def version(self, change: str, minimum: int, maximum: int) -> int:
        """The version of a change this instance is pinned to; new instances get the definition's `changes`."""
        if change not in self.definition.changes:
            raise VersionUnknown(f"{self.definition.name} does not list the change {change!r} in `changes`.")
        chosen = self.history.markers.get(change)
        if chosen is None:
            chosen = self.history.changes.get(change, minimum)
            self._in_range(change, chosen, minimum, maximum)
            self.effects.record(NewEvent(EventType.VERSION_MARKER, {"change": change, "version": chosen}, change))
        self._in_range(change, chosen, minimum, maximum)
        return chosen

    def _in_range(self, change: str, chosen: int, minimum: int, maximum: int) -> None:
        if not minimum <= chosen <= maximum:
            raise VersionUnknown(
                f"This instance is pinned to {change} {chosen}; the code supports {minimum} to {maximum}."
            )

    def sleep(self, duration: timedelta) -> None:
        """Wait for a duration. No thread is held; the run timeout goes on."""
        position, name, recorded = self.next_command(CommandKind.TIMER, self.iterated("sleep"), None)
        if recorded is None:
            self.live(self.effects.before_command)
            until = self.effects.now() + duration
            recorded = self.record(EventType.TIMER_STARTED, {"position": position, "until": until.isoformat()}, name)
        while recorded.fired_sequence is None:
            self.live(self.effects.wait, position, (), recorded.until)
        self.see(recorded.at)

    def wait_for(self, *names: str, timeout: timedelta | None = None) -> Signal | None:
        """The earliest unread signal of these names; None when `timeout` passed first. Holds no thread."""
        if not names:
            raise ValueError("wait_for needs the name of at least one signal.")
        position, recorded = self.begin_wait(names, timeout=timeout)
        while True:
            signal = self.take(lambda s: s.name in names, before=recorded.fired_sequence)
            if signal is not None:
                codec = self.definition.signals.get(signal.name)
                data = codec.load(signal.data) if codec else signal.data
                return Signal(signal.name, data, signal.actor, signal.actor_id)
            if recorded.fired_sequence is not None:
                self.see(recorded.at)
                return None
            self.live(self.effects.wait, position, recorded.names, recorded.until)

    def begin_wait(
        self, names: Sequence[str], *, timeout: timedelta | None = None, until: datetime | None = None
    ) -> tuple[int, Recorded]:
        """Record a wait (or find its record). `until` is an instant, `timeout` counts from now."""
        position, name, recorded = self.next_command(CommandKind.WAIT, "|".join(names) or "limit", None)
        if recorded is None:
            self.live(self.effects.before_command)
            until = self.effects.now() + timeout if timeout is not None else until
            payload = {"position": position, "names": list(names), "until": until and until.isoformat()}
            recorded = self.record(EventType.WAIT_STARTED, payload, name)
        return position, recorded

    def answer(self, signal: RecordedSignal, answer: JSON) -> None:
        """Tell the caller of an action what became of it; replays tell nobody."""
        self.effects.answer(signal, answer)

    def child(
        self,
        definition: Definition[I, T],
        value: I,
        *,
        on_parent_end: Literal["CANCEL", "ABANDON"] = "CANCEL",
        business_key: str | None = None,
    ) -> T:
        """Run another workflow and wait for its result. Raises ChildFailed when it ends otherwise."""
        raw = definition.input.dump(value)
        position, name, recorded = self.next_command(CommandKind.CHILD, self.iterated(definition.name), raw)
        child_id = str(uuid.uuid5(uuid.UUID(self.id), str(position)))
        if recorded is None:
            self.live(self.effects.before_command)
            payload = {
                "position": position,
                "child_id": child_id,
                "workflow": definition.name,
                "version": definition.version,
                "input": raw,
                "on_parent_end": on_parent_end,
            }
            event = NewEvent(EventType.CHILD_STARTED, payload, name)
            self.live(self.effects.start_child, event, definition, raw, business_key)
        while child_id not in self.history.children:
            self.live(self.effects.wait, position, ("CHILD",), None)
        ended = self.history.children[child_id]
        self.see(datetime.fromisoformat(ended["at"]))
        if ended["status"] != "COMPLETED":
            raise ChildFailed(child_id, ended["status"], ended.get("failure"))
        result: T = definition.result.load(ended["result"])
        return result

    def enter(self, state: str, *, reached: str | None = None, **memory: Any) -> None:
        """Note where the business stands; staff see it, and a snapshot is kept. `memory` is merged and kept too."""
        position, name, recorded = self.next_command(CommandKind.ENTER, str(state), None)
        if recorded is None:
            self.live(self.effects.before_command)
        moved = str(state) != self.state
        self.state, self.reached, self.memory = str(state), reached, {**self.memory, **memory}
        if moved:
            self._entered_at = recorded.at if recorded is not None else self.effects.now()
        if recorded is None:
            payload = {"position": position, "state": str(state), "memory": memory, "by": reached}
            self.effects.record(NewEvent(EventType.STATE_ENTERED, payload, name, aux=self._snapshot()))
            recorded = self.history.commands[position]
        self.see(recorded.at)

    def _snapshot(self) -> JSON:
        """A machine can begin again at its state; of a function only the view is kept."""
        return {"cursor": self.cursor()} if self.definition.machine else {"memory": self.memory}

    def publish(self, topic: str, body: JSON) -> None:
        """Write a message to the outbox, with the fact, for delivery at least once."""
        position, name, recorded = self.next_command(CommandKind.PUBLISH, self.iterated(topic), None)
        if recorded is None:
            self.live(self.effects.before_command)
            body = Codec(dict[str, Any]).dump(body)
            self.record(EventType.MESSAGE_PUBLISHED, {"position": position, "topic": topic, "body": body}, name)

    def continue_as(self, value: Any) -> Never:
        """Begin a new history with this input, as the same instance. Refused while undos are open."""
        position, name, _ = self.next_command(CommandKind.CONTINUE, "continue_as", None)
        self.live(self.effects.before_command)
        raw = self.definition.input.dump(value)
        payload = {"position": position, "input": raw, "cursor": self.cursor()}
        self.live(self.effects.continue_as, NewEvent(EventType.CONTINUED, payload, name))

    def _step_command(self, each: Call) -> StepCommand:
        raw = each.step.parameters.dump(each.args, each.kwargs)
        kind = CommandKind.STEP
        position, step_key, recorded = self.next_command(kind, self.iterated(each.step.name), raw, each.step)
        return StepCommand(each.step, position, step_key, raw, recorded)

    def _step_result(self, command: StepCommand) -> Any:
        recorded = self.history.commands[command.position]
        self.see(recorded.at)
        if recorded.error is not None:
            raise StepFailed(command.step_key, recorded.error)
        return command.step.output.load(recorded.output)
