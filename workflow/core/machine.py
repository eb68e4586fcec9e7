"""State machines: a transition table, and the durable function that drives it, written once for all of them."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar

from workflow.core.codec import Codec, annotations_of
from workflow.core.definition import Definition, StepDefinition, fingerprint_of
from workflow.core.errors import ActionRefused, CodecError, DefinitionError
from workflow.core.recorded import RecordedSignal
from workflow.core.registry import registry
from workflow.core.retry import RetryPolicy
from workflow.core.run import Run

LIMIT = "LIMIT"


class Actor(StrEnum):
    """Who asks; taken from the credential, never from the body."""

    USER = "USER"  # the customer, through a client application
    SYSTEM = "SYSTEM"  # our own jobs
    PROVIDER = "PROVIDER"  # an outside party, by signed webhook; never refused with an error
    STAFF = "STAFF"  # a named person in the admin


@dataclass(frozen=True, eq=False)
class Transition:
    """One arrow: from a state, by an action or `auto` or `after` a limit, to a state.

    do          a durable function `(run, data) -> dict | None`; what it returns is merged into `run.memory`
    step        shorthand for one step; its parameters are taken by name from memory and input, its output is kept in
                memory under the step's name
    guard       `(memory) -> bool`: an auto arrow is taken when it holds; pure
    background  never driven inline by an API call
    retry, timeout  override the step's own
    """

    source: str
    action: str | None = None
    to: str = ""
    actors: Collection[Actor] = frozenset({Actor.USER})
    do: Callable[[Run, Any], Mapping[str, Any] | None] | None = None
    step: StepDefinition[..., Any] | None = None
    auto: bool = False
    after: timedelta | None = None
    guard: Callable[[Mapping[str, Any]], bool] | None = None
    background: bool = False
    retry: RetryPolicy | None = None
    timeout: timedelta | None = None
    data: Codec = field(init=False, default=Codec(Any))

    def __post_init__(self) -> None:
        if sum((self.action is not None, self.auto, self.after is not None)) != 1:
            raise DefinitionError(
                f"The transition from {self.source} to {self.to} needs exactly one of action, auto, after.",
                check_id="workflow.E010",
            )
        if self.do is not None and self.step is not None:
            raise DefinitionError(
                f"Transition {self.source} -> {self.to}: give `do` or `step`.", check_id="workflow.E010"
            )
        if self.step is not None and (self.retry or self.timeout):
            tuned = replace(self.step, retry=self.retry or self.step.retry, timeout=self.timeout or self.step.timeout)
            object.__setattr__(self, "step", tuned)
        if self.do is not None:
            object.__setattr__(self, "data", _data_codec(self.do))


def _data_codec(do: Callable[..., Any]) -> Codec:
    names = list(inspect.signature(do).parameters)
    hints = annotations_of(do)
    if len(names) != 2 or names[1] not in hints:
        raise DefinitionError(
            f"{do.__qualname__}: a transition's `do` takes (run, data) and declares the data's type.",
            check_id="workflow.E002",
        )
    return Codec(hints[names[1]])


class Machine:
    """Subclass with name, version, initial and transitions; that registers it. Semantics in `drive` below."""

    name: ClassVar[str]
    version: ClassVar[int]
    initial: ClassVar[str]
    transitions: ClassVar[list[Transition]]
    rejecting: ClassVar[Collection[str]] = ()
    changes: ClassVar[Mapping[str, int]] = {}
    input: ClassVar[Any] = Any
    queue: ClassVar[str] = "default"
    priority: ClassVar[int] = 0
    business_key: ClassVar[Callable[[Any], str] | None] = None
    definition: ClassVar[Definition[Any, Any]]

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        _check_table(cls)
        cls.definition = Definition(
            name=cls.name,
            version=cls.version,
            drive=lambda run, _value: drive(cls, run),
            input=Codec(cls.input),
            result=Codec(dict[str, Any]),
            changes=dict(cls.changes),
            business_key=cls.__dict__.get("business_key") or cls.business_key,
            queue=cls.queue,
            priority=cls.priority,
            machine=cls,
            source=f"{cls.__module__}.{cls.__qualname__}",
            fingerprint=fingerprint_of(cls),
        )
        registry.register(cls.definition)

    @classmethod
    def exits(cls, state: str) -> list[Transition]:
        return [transition for transition in cls.transitions if transition.source == state]

    @classmethod
    def actions(cls, state: str) -> list[Transition]:
        return [transition for transition in cls.exits(state) if transition.action is not None]

    @classmethod
    def awaited(cls, state: str) -> list[str]:
        """What an instance at rest in this state waits for: its actions, or nothing but the state's limit."""
        return sorted({str(transition.action) for transition in cls.actions(state)}) or [LIMIT]

    @classmethod
    def find(cls, state: str, action: str, actor: str) -> Transition | None:
        return next((t for t in cls.actions(state) if t.action == action and actor in t.actors), None)

    @classmethod
    def limit(cls, state: str) -> Transition | None:
        return next((t for t in cls.exits(state) if t.after is not None), None)

    @classmethod
    def reaches(cls, state: str, action: str, actor: str) -> bool:
        """Whether a state that takes this action can still come: then an early message waits for it."""
        seen, frontier = {state}, [state]
        while frontier:
            for transition in cls.exits(frontier.pop()):
                if transition.action == action and actor in transition.actors:
                    return True
                if transition.to not in seen:
                    seen.add(transition.to)
                    frontier.append(transition.to)
        return False

    @classmethod
    def states(cls) -> list[str]:
        found = dict.fromkeys([cls.initial])
        for transition in cls.transitions:
            found.update(dict.fromkeys([transition.source, transition.to]))
        return [str(state) for state in found]


def _check_table(cls: type[Machine]) -> None:
    missing = [name for name in ("name", "version", "initial", "transitions") if not hasattr(cls, name)]
    if missing:
        raise DefinitionError(f"{cls.__qualname__} needs {', '.join(missing)}.", check_id="workflow.E010")
    arrows = [(str(t.source), str(t.action), a) for t in cls.transitions if t.action is not None for a in t.actors]
    for arrow, times in Counter(arrows).items():
        if times > 1:
            raise DefinitionError(f"{cls.__qualname__}: {arrow} stands twice in the table.", check_id="workflow.E011")
    for state, limits in Counter(str(t.source) for t in cls.transitions if t.after is not None).items():
        if limits > 1:
            raise DefinitionError(f"{cls.__qualname__}: {state} has two limits.", check_id="workflow.E011")
    for state in cls.rejecting:
        if cls.exits(state):
            raise DefinitionError(f"{cls.__qualname__}: the rejecting {state} has a way out.", check_id="workflow.E012")


# -- the interpreter: every machine is this durable function ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """How a machine came to its last state; the engine makes COMPLETED, a rollback or TIMED_OUT of it."""

    state: str
    reason: str | None  # None, REJECTED or TIMED_OUT


def drive(machine: type[Machine], run: Run) -> Ended:
    if run.state is None:
        run.enter(machine.initial)
    while machine.exits(current := str(run.state)):
        transition, signal = _choose(machine, run, current)
        try:
            memory = _take(transition, run, signal)
        except ActionRefused as refusal:
            if signal is None:  # nobody asked, so the arrow would be taken again for ever
                raise
            _answer(run, signal, {"status": "refused", "code": refusal.code, "detail": refusal.message, **refusal.data})
            continue
        run.enter(str(transition.to), reached=_how(transition), **memory)
        _answer(run, signal, {"status": "done", "state": str(transition.to)})
    state = str(run.state)
    return Ended(state, "REJECTED" if state in machine.rejecting else "TIMED_OUT" if run.reached == "after" else None)


def _how(transition: Transition) -> str:
    return "after" if transition.after is not None else "auto" if transition.auto else str(transition.action)


def _choose(machine: type[Machine], run: Run, state: str) -> tuple[Transition, RecordedSignal | None]:
    """The arrow to take: a fitting auto one at once, else wait for an action or the state's limit."""
    for transition in machine.exits(state):
        if transition.auto and (transition.guard is None or transition.guard(run.memory)):
            return transition, None
    return _await_action(machine, run, state)


def _await_action(machine: type[Machine], run: Run, state: str) -> tuple[Transition, RecordedSignal | None]:
    limit = machine.limit(state)
    names = machine.awaited(state)
    if names == [LIMIT] and limit is None:
        raise DefinitionError(f"No guard holds in {state} and nothing else leads out of it.", check_id="workflow.E013")
    until = run.entered_at + limit.after if limit is not None and limit.after is not None else None
    position, recorded = run.begin_wait(names, until=until)
    while True:
        signal = run.take(lambda s: _fits(machine, state, s), before=recorded.fired_sequence)
        if signal is not None:
            transition = machine.find(state, signal.name, signal.actor or "")
            assert transition is not None
            return transition, signal
        if recorded.fired_sequence is not None and limit is not None:
            run.see(recorded.at)
            return limit, None
        run.at_rest = True
        try:
            run.live(run.effects.wait, position, recorded.names, recorded.until)
        finally:
            run.at_rest = False


def _fits(machine: type[Machine], state: str, signal: RecordedSignal) -> bool:
    """An early message whose data turns out not to fit its arrow is left unread."""
    transition = machine.find(state, signal.name, signal.actor or "")
    if transition is None:
        return False
    try:
        transition.data.load(signal.data)
    except CodecError:
        return False
    return True


def _take(transition: Transition, run: Run, signal: RecordedSignal | None) -> dict[str, Any]:
    if transition.step is not None:
        step = transition.step
        known = {**_fields(run.history.input), **run.memory}
        given = step.parameters.load({name: known[name] for name in step.parameters.names if name in known})
        return {step.name: step.output.dump(run.step(step, **given))}
    if transition.do is not None:
        raw = signal.data if signal is not None else {}
        return Codec(dict[str, Any]).dump(transition.do(run, transition.data.load(raw)) or {})  # type: ignore[no-any-return]
    return {}


def _fields(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _answer(run: Run, signal: RecordedSignal | None, answer: dict[str, Any]) -> None:
    if signal is not None:
        run.answer(signal, answer)
