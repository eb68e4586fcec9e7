"""Steps with an undo that notes what it undid, and breaks when it is told to."""

from __future__ import annotations

from typing import Any

from workflow import (
    NOTHING_TO_UNDO,
    ApplicationFailure,
    RetryPolicy,
    Run,
    StepContext,
    step,
    workflow,
)
from workflow.tests.ledger import ledger

undone: list[str] = []

broken: set[str] = set()

ONCE = RetryPolicy(maximum_attempts=1)


@step(name="UNDO", retry=ONCE)
def undo(ctx: StepContext, *, name: str, output: str | None) -> None:
    if name in broken:
        raise ValueError(f"{name} cannot be undone")
    undone.append(f"{name}={output}")
    ledger.reverse(ctx.original_key)


@step(undo=undo, retry=ONCE)
def act(ctx: StepContext, *, name: str) -> str:
    ledger.do(ctx.idempotency_key, 1)
    if name == "fails":
        raise ValueError("no")
    return name.upper()


@step(undo=NOTHING_TO_UNDO)
def look(ctx: StepContext) -> None:
    """Changes nothing."""


@step(pivot=True)
def pivot(ctx: StepContext) -> None:
    """From here there is no way back."""


def acting(*names: str, then: Any = None) -> Any:
    @workflow(name="acting", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        for name in names:
            run.step(pivot) if name == "pivot" else run.step(act, name=name)
        if then is not None:
            then(run)

    return flow


def fail(run: Run) -> None:
    raise ApplicationFailure("no", type="NO")


def wait(run: Run) -> None:
    run.wait_for("go")
