"""Crash before and after every write, recover, go on: a function, a machine, a saga and parallel steps end the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from workflow import (
    ApplicationFailure,
    Machine,
    RetryPolicy,
    Run,
    StepContext,
    Transition,
    call,
    step,
    workflow,
)
from workflow.client import Actor
from workflow.core.registry import registry
from workflow.testing import Driven, Send, crash_points
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_interval=timedelta(milliseconds=10))


@step(name="UNDO_DEBIT")
def undo_debit(ctx: StepContext, *, amount: int, output: int | None) -> None:
    ledger.reverse(ctx.original_key)


@step(undo=undo_debit)
def debit(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(name="UNDO_NOTE")
def undo_note(ctx: StepContext, *, text: str) -> None:
    ledger.reverse(f"note:{ctx.instance_id}:{text}")


@step(atomic=True, undo=undo_note)
def note(ctx: StepContext, *, text: str) -> str:
    ledger.do(f"note:{ctx.instance_id}:{text}", 1)
    return text


@step(retry=QUICK)
def flaky(ctx: StepContext, *, name: str) -> str:
    if ctx.attempt == 1:
        raise ConnectionError(name)
    return name


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with registry.isolated():
        yield


def _with_ledger(driven: Driven) -> Any:
    failure = (driven.failure or {}).get("type")
    return driven.status, driven.state, driven.result, failure, ledger.balance, len(ledger.keys)


def test_a_function_comes_to_the_same_end_wherever_it_is_crashed() -> None:
    @workflow(name="child", timeout=None)
    def child(run: Run, number: int) -> int:
        return run.step(debit, amount=number)

    @workflow(name="function", timeout=None)
    def function(run: Run, amount: int) -> str:
        first = run.step(debit, amount=amount)
        run.step(note, text="noted")
        drawn = run.side_effect("draw", lambda: 7, type=int)
        run.sleep(timedelta(hours=1))
        said = run.wait_for("word")
        both = run.parallel(call(flaky, name="a"), call(flaky, name="b"), call(debit, amount=5))
        below = run.child(child, 3)
        run.publish("done", {"first": first})
        return f"{first} {drawn} {said and said.data} {both} {below}"

    report = crash_points(function, 2, Send("word", "hello"), end=_with_ledger, fresh=ledger.clear)

    assert report.undisturbed.status == "COMPLETED"
    assert len(report.points) > 40


def test_a_machine_comes_to_the_same_end_wherever_it_is_crashed() -> None:
    def pay(run: Run, data: dict[str, int]) -> dict[str, int]:
        return {"paid": run.step(debit, amount=data["amount"])}

    class Order(Machine):
        name, version, initial = "order", 1, "NEW"
        transitions = [
            Transition("NEW", "PAY", "PAID", do=pay),
            Transition("PAID", auto=True, to="NOTED", guard=lambda memory: memory["paid"] > 0),
            Transition("NOTED", "SHIP", "SHIPPED", actors={Actor.STAFF}),
        ]

    report = crash_points(
        Order, {}, Send("PAY", {"amount": 4}), Send("SHIP", actor=Actor.STAFF), end=_with_ledger, fresh=ledger.clear
    )

    assert report.undisturbed.state == "SHIPPED"


def test_a_saga_comes_to_the_same_end_wherever_it_is_crashed() -> None:
    @workflow(name="saga", timeout=None)
    def saga(run: Run, amount: int) -> None:
        run.step(debit, amount=amount)
        run.step(note, text="noted")
        run.parallel(call(debit, amount=1), call(debit, amount=2))
        raise ApplicationFailure("no", type="NO")

    report = crash_points(saga, 2, end=_with_ledger, fresh=ledger.clear, crashes_in_a_row=2)

    assert report.undisturbed.status == "COMPENSATED"
    assert ledger.balance == 0
