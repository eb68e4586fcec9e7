"""Definitions: what `@step` and `@workflow` make of a function. Everything an author declares stands here."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from workflow.core.codec import Codec, Parameters, annotations_of, returns_of
from workflow.core.errors import DefinitionError
from workflow.core.retry import RECONCILE_POLICY, RetryPolicy

if TYPE_CHECKING:
    from workflow.core.run import Run

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741  the input of a workflow


class NothingToUndo:
    """The author's word that a step leaves nothing behind."""

    def __repr__(self) -> str:
        return "NOTHING_TO_UNDO"


NOTHING_TO_UNDO = NothingToUndo()


@dataclass(slots=True)
class StepContext:
    """What a step may know of its attempt. `deadline` is an instant; `publish` is for atomic steps only."""

    instance_id: str
    step_key: str
    attempt: int
    idempotency_key: str
    deadline: datetime | None
    token: int
    correlation_id: str
    seconds_left: Callable[[], float]
    publish: Callable[[str, Mapping[str, Any]], None]
    original_key: str | None = None  # in an undo: the idempotency key of the attempt being undone


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The answer of a `reconcile` look-up."""

    outcome: Literal["DONE", "NOT_DONE", "UNKNOWN"]
    value: Any = None

    @classmethod
    def done(cls, value: Any) -> Reconciliation:
        return cls("DONE", value)

    @classmethod
    def not_done(cls) -> Reconciliation:
        return cls("NOT_DONE")

    @classmethod
    def unknown(cls) -> Reconciliation:
        return cls("UNKNOWN")


@dataclass(frozen=True, eq=False)
class StepDefinition(Generic[P, T]):
    """A unit of effect. Calling it runs the function itself, which is what a unit test wants."""

    function: Callable[Concatenate[StepContext, P], T]
    name: str
    parameters: Parameters
    output: Codec
    atomic: bool
    at_most_once: bool
    pivot: bool
    retry: RetryPolicy | None
    timeout: timedelta | None
    undo: StepDefinition[..., Any] | None
    reconcile: Callable[..., Reconciliation] | None
    reconcile_policy: RetryPolicy
    close_key: Callable[..., Reconciliation] | None
    recheck_after: timedelta | None
    undo_declared: bool = False  # with a step, or with NOTHING_TO_UNDO

    @property
    def ref(self) -> str:
        """Names the code of the step in the history, so that a rollback finds it. One function may be several steps."""
        place = f"{self.function.__module__}:{self.function.__qualname__}"
        return place if self.name == self.function.__name__ else f"{place}:{self.name}"

    def __call__(self, ctx: StepContext, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.function(ctx, *args, **kwargs)


steps: dict[str, StepDefinition[..., Any]] = {}
"""Every declared step by its `ref`: how a rollback finds the undo of a recorded step."""


Author = Callable[Concatenate[StepContext, P], T]


@overload
def step(function: Author[P, T], /) -> StepDefinition[P, T]: ...


@overload
def step(
    *,
    name: str | None = None,
    atomic: bool = False,
    at_most_once: bool = False,
    pivot: bool = False,
    retry: RetryPolicy | None = None,
    timeout: timedelta | None = None,
    undo: StepDefinition[..., Any] | NothingToUndo | None = None,
    reconcile: Callable[..., Reconciliation] | None = None,
    reconcile_policy: RetryPolicy = RECONCILE_POLICY,
    close_key: Callable[..., Reconciliation] | None = None,
    recheck_after: timedelta | None = None,
) -> Callable[[Author[P, T]], StepDefinition[P, T]]: ...


def step(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    atomic: bool = False,
    at_most_once: bool = False,
    pivot: bool = False,
    retry: RetryPolicy | None = None,
    timeout: timedelta | None = None,
    undo: StepDefinition[..., Any] | NothingToUndo | None = None,
    reconcile: Callable[..., Reconciliation] | None = None,
    reconcile_policy: RetryPolicy = RECONCILE_POLICY,
    close_key: Callable[..., Reconciliation] | None = None,
    recheck_after: timedelta | None = None,
) -> Any:
    """Declare a step: `def f(ctx: StepContext, *, a: A) -> R`.

    atomic        its rows and its checkpoint are one commit on the `default` connection; no outside call belongs in it
    at_most_once  an attempt with unknown outcome is never repeated: staff decide
    pivot         once completed there is no way back: earlier undos are sealed
    undo          the step that undoes it; it declares any of this step's parameters, and `output` (None if unknown)
    reconcile     look-up under the same key, given this step's parameters: Reconciliation.done/not_done/unknown
    close_key     makes sure that nothing can still happen under the key, and says what did; without it the call is
                  repeated with the same key before an undo of an unknown attempt
    recheck_after where the provider cannot close a key: look up a second time after this pause
    """

    def declare(target: Callable[..., Any]) -> StepDefinition[..., Any]:
        _refuse_async(target)
        made = StepDefinition(
            function=target,
            name=name or target.__name__,
            parameters=Parameters(target, skip=1),
            output=returns_of(target),
            atomic=atomic,
            at_most_once=at_most_once,
            pivot=pivot,
            retry=retry,
            timeout=timeout,
            undo=undo if isinstance(undo, StepDefinition) else None,
            reconcile=reconcile,
            reconcile_policy=reconcile_policy,
            close_key=close_key,
            recheck_after=recheck_after,
            undo_declared=undo is not None,
        )
        _check_step(made)
        steps[made.ref] = made
        return made

    return declare(function) if function is not None else declare


def _refuse_async(target: Callable[..., Any]) -> None:
    if inspect.iscoroutinefunction(target) or inspect.isasyncgenfunction(target) or inspect.isgeneratorfunction(target):
        raise DefinitionError(
            f"{target.__qualname__} is async or a generator; write a plain function: waiting holds no thread here.",
            check_id="workflow.E003",
        )


def _check_step(made: StepDefinition[..., Any]) -> None:
    if "#" in made.name or not made.name:
        raise DefinitionError(f"The step name {made.name!r} is empty or holds a '#'.", check_id="workflow.E004")
    if made.atomic and (made.reconcile or made.at_most_once or made.close_key):
        raise DefinitionError(
            f"{made.name} is atomic: it never has an unknown outcome; drop reconcile, close_key and at_most_once.",
            check_id="workflow.E005",
        )
    if made.undo is not None:
        extra = set(made.undo.parameters.names) - set(made.parameters.names) - {"output"}
        if extra:
            raise DefinitionError(
                f"{made.undo.name} undoes {made.name} but asks for {sorted(extra)}, which that step does not have.",
                check_id="workflow.E006",
            )


class Drives(Protocol):
    def __call__(self, run: Run, value: Any) -> Any: ...


@dataclass(frozen=True, eq=False)
class Definition(Generic[I, T]):
    """A registered, versioned callable that drives a Run. A machine and a durable function both become one."""

    name: str
    version: int
    drive: Callable[[Run, Any], Any]
    input: Codec
    result: Codec
    changes: Mapping[str, int] = field(default_factory=dict)
    signals: Mapping[str, Codec] = field(default_factory=dict)
    business_key: Callable[[Any], str] | None = None
    timeout: timedelta | None = None
    queue: str = "default"
    priority: int = 0
    machine: Any = None  # the Machine subclass, for a table style definition
    source: str = ""  # module and qualified name
    fingerprint: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return (self.name, self.version)


DEFAULT_TIMEOUT = timedelta(seconds=-1)
"""Stands for the setting DEFAULT_TIMEOUT_SECONDS; None means no limit."""


def workflow(
    *,
    name: str,
    version: int = 1,
    business_key: Callable[[Any], str] | None = None,
    timeout: timedelta | None = DEFAULT_TIMEOUT,
    changes: Mapping[str, int] | None = None,
    signals: Mapping[str, Any] | None = None,
    queue: str = "default",
    priority: int = 0,
) -> Callable[[Callable[[Run, I], T]], Definition[I, T]]:
    """Declare a durable function `def f(run: Run, request: In) -> Out` and register it.

    timeout   the run timeout; its clock stands still in waits, incidents, pauses and unknown outcomes
    changes   change id -> version that new instances are started with (`run.version`)
    signals   signal name -> type of its data, checked when it is admitted
    """

    def declare(target: Callable[[Run, I], T]) -> Definition[I, T]:
        from workflow.core.registry import registry

        _refuse_async(target)
        parameters = list(inspect.signature(target).parameters)
        hints = annotations_of(target)
        if len(parameters) != 2 or parameters[1] not in hints:
            raise DefinitionError(
                f"{target.__qualname__}: a durable function takes (run, input) and declares the input's type.",
                check_id="workflow.E002",
            )
        made: Definition[I, T] = Definition(
            name=name,
            version=version,
            drive=target,
            input=Codec(hints[parameters[1]]),
            result=returns_of(target),
            changes=dict(changes or {}),
            signals={key: Codec(kind) for key, kind in (signals or {}).items()},
            business_key=business_key,
            timeout=timeout,
            queue=queue,
            priority=priority,
            source=f"{target.__module__}.{target.__qualname__}",
            fingerprint=fingerprint_of(target),
        )
        registry.register(made)
        return made

    return declare


def fingerprint_of(target: Any) -> str:
    """A hash of the source text: tells that code on disk differs, not whether it matters (replay tells that)."""
    try:
        text = inspect.getsource(target)
    except (OSError, TypeError):
        text = repr(target)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
