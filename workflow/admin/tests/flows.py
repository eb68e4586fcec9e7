"""A loan that staff decide, and an order whose card may fail: enough for every screen and every action."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from workflow import Actor, Machine, OnExhausted, RetryPolicy, Run, StepContext, Transition, step, workflow

ONCE = RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT)
SECRET = "ada@example.org"


class Loan(BaseModel):
    """Who borrows."""

    number: int
    email: str = SECRET


class Decision(BaseModel):
    """Why."""

    reason: str


def decide(run: Run, data: Decision) -> None:
    """Nothing but the fact."""


class LoanDesk(Machine):
    """ASKED, then GRANTED or REFUSED by staff."""

    name = "loan"
    version = 1
    initial = "ASKED"
    input = Loan
    rejecting = frozenset({"REFUSED"})
    business_key = staticmethod(lambda loan: f"loan:{loan.number}")  # type: ignore[assignment]
    transitions = [
        Transition("ASKED", "GRANT", "GRANTED", actors={Actor.STAFF}, do=decide),
        Transition("ASKED", "REFUSE", "REFUSED", actors={Actor.STAFF}, do=decide),
        Transition("ASKED", after=timedelta(days=3), to="EXPIRED"),
    ]


@step(name="UNDO_RESERVATION", retry=ONCE)
def undo_reservation(ctx: StepContext, *, number: int, output: str | None) -> None:
    """Fails for one number, for as long as it is asked."""
    if number == 13:
        raise ConnectionError("the warehouse is closed")


@step(undo=undo_reservation)
def reserve(ctx: StepContext, *, number: int, email: str) -> str:
    return f"reserved {number} for {email}"


@step(retry=ONCE)
def charge(ctx: StepContext, *, number: int) -> str:
    raise ConnectionError(f"the bank answered 502 for {number}")


@workflow(name="order", version=1, business_key=lambda order: f"order:{order.number}")
def order(run: Run, request: Loan) -> str:
    run.step(reserve, number=request.number, email=request.email)
    return run.step(charge, number=request.number)
