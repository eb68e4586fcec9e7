"""Payments at a provider with a ledger: the ways in which their outcome can be unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workflow import (
    Reconciliation,
    RetryPolicy,
    Run,
    StepContext,
    step,
    workflow,
)
from workflow.tests.ledger import ledger

THREE = RetryPolicy(initial_interval=timedelta(seconds=10), maximum_attempts=3)


def look_up(ctx: StepContext, *, amount: int) -> Reconciliation:
    return ledger.look_up(ctx.idempotency_key)


def close(ctx: StepContext, *, amount: int) -> Reconciliation:
    return ledger.close(ctx.idempotency_key)


@step(name="UNDO")
def undo(ctx: StepContext, *, amount: int, output: int | None) -> None:
    ledger.reverse(ctx.original_key)


@step(name="pay", retry=THREE, reconcile=look_up, undo=undo)
def reconciled(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def slowly(ctx: StepContext, *, amount: int) -> int:
    """Acts, and answers after its deadline."""
    answer = ledger.do(ctx.idempotency_key, amount)
    if len(ledger.calls) == 1:
        _skip(timedelta(seconds=11))
    return answer


def _skip(duration: timedelta) -> None:
    from workflow.testing.clock import current

    current().skip(duration)


LIMIT = timedelta(seconds=10)


def slowly_once(ctx: StepContext, *, amount: int) -> int:
    return slowly(ctx, amount=amount)


slow_only_once = step(name="pay", retry=THREE, timeout=LIMIT, at_most_once=True, undo=undo)(slowly_once)


def paying(with_step: Any) -> Any:
    @workflow(name="paying", timeout=None)
    def flow(run: Run, amount: int) -> int:
        paid: int = run.step(with_step, amount=amount)
        return paid

    return flow
