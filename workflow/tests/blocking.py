"""A workflow that stands in an incident when its payment breaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workflow import OnExhausted, RetryPolicy, Run, StepContext, step, workflow
from workflow.testing import Driven, drive
from workflow.tests.ledger import ledger

ANN: dict[str, Any] = {"actor_id": "ann", "reason": "because"}


@step(retry=RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT))
def pay(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def flow() -> Any:
    @workflow(name="flow", timeout=None)
    def paying(run: Run, amount: int) -> int:
        paid = run.step(pay, amount=amount)
        run.wait_for("go", timeout=timedelta(days=1))
        return run.step(note, amount=paid)

    return paying


def blocked() -> Driven:
    ledger.troubles = ["BEFORE"]
    driven = drive(flow(), 5)
    assert driven.waiting_for == ["INCIDENT"]
    return driven
