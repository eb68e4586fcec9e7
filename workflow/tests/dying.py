"""A step whose effect is counted."""

from __future__ import annotations

from workflow import StepContext, step
from workflow.tests.ledger import ledger


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)
