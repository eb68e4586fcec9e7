"""Types hold at each boundary: what does not fit is refused where it would enter, and what is kept can be read back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from workflow import RetryPolicy, Run, StepContext, client, step, workflow
from workflow.core.errors import CodecError, InvalidInput
from workflow.models import WorkflowEvent
from workflow.testing import Send, assert_replays, drive
from workflow.tests.ledger import ledger
from workflow.tests.one_step import one

pytestmark = pytest.mark.django_db


class Order(BaseModel):
    number: int
    due: date
    total: Decimal


class Paid(BaseModel):
    order: Order
    at: datetime


def test_typed_values_arrive_as_what_they_were() -> None:
    @step
    def pay(ctx: StepContext, *, order: Order, at: datetime) -> Paid:
        assert isinstance(order.total, Decimal)
        return Paid(order=order, at=at)

    @workflow(name="typed", timeout=None)
    def typed(run: Run, order: Order) -> Paid:
        paid = run.step(pay, order=order, at=datetime(2026, 1, 2, tzinfo=UTC))
        run.wait_for("go")
        assert isinstance(paid, Paid)
        assert isinstance(paid.order.due, date)
        return paid

    driven = drive(typed, Order(number=1, due=date(2026, 3, 4), total=Decimal("9.90")), Send("go"))

    assert driven.result == {
        "order": {"number": 1, "due": "2026-03-04", "total": "9.90"},
        "at": "2026-01-02T00:00:00Z",
    }
    assert_replays(driven.instance_id)


def test_an_input_that_does_not_fit_starts_nothing() -> None:
    @workflow(name="typed", timeout=None)
    def typed(run: Run, order: Order) -> None:
        """Nothing."""

    for given in ({}, {"number": "x", "due": "2026-03-04", "total": "1"}, None, "text"):
        with pytest.raises(InvalidInput) as refused:
            client.start(typed, given)
        assert "text" not in refused.value.message
    assert WorkflowEvent.objects.count() == 0


def test_an_argument_that_does_not_fit_is_a_bug_of_the_code_and_calls_nothing() -> None:
    @step
    def note(ctx: StepContext, *, amount: int) -> int:
        return ledger.do(ctx.idempotency_key, amount)

    driven = one(note, amount="much")
    assert driven.waiting_for == ["INCIDENT"]
    assert ledger.calls == []


@pytest.mark.parametrize("answer", ["text", None, 1.5, float("nan")])
def test_an_answer_that_does_not_fit_is_a_failed_attempt(answer: Any) -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def wrong(ctx: StepContext) -> int:
        return answer  # type: ignore[no-any-return]

    driven = one(wrong)
    assert (driven.status, driven.failure and driven.failure["error"]["type"]) == ("FAILED", CodecError.__name__)


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_hold_is_a_failed_attempt_and_no_incident_for_ever(answer: float) -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def endless(ctx: StepContext) -> float:
        return answer

    driven = one(endless)
    assert driven.status == "FAILED"


def test_a_whole_number_is_kept_to_the_last_digit_or_refused() -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def big(ctx: StepContext, *, number: int) -> int:
        return number

    assert one(big, number=2**53 + 1).result == 2**53 + 1
    huge = one(big, number=10**30 + 1)
    assert huge.status != "COMPLETED" or huge.result == 10**30 + 1


def test_a_value_of_more_than_256_kb_is_refused() -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def large(ctx: StepContext) -> str:
        return "x" * (256 * 1024 + 1)

    driven = one(large)
    assert driven.status == "FAILED"
    assert driven.failure is not None
    assert "store a reference" in driven.failure["error"]["message"]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_postgresql_cannot_keep_is_a_failed_attempt(text: str) -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def strange(ctx: StepContext) -> str:
        return text

    assert one(strange).status == "FAILED"


def test_text_that_only_looks_like_a_nul_is_kept() -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def echo(ctx: StepContext) -> str:
        return "a backslash and \\u0000"

    assert one(echo).result == "a backslash and \\u0000"


def test_an_error_message_with_a_nul_is_kept_without_it() -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def strange(ctx: StepContext) -> None:
        raise ValueError("a\x00b")

    driven = one(strange)
    assert driven.failure is not None
    assert driven.failure["error"]["message"] == "ab"


def test_a_side_effect_that_cannot_be_kept_is_an_incident_of_that_instance() -> None:
    @workflow(name="strange", timeout=None)
    def strange(run: Run, nothing: None) -> str:
        return str(run.side_effect("draw", lambda: "a\x00b"))

    assert drive(strange, None).waiting_for == ["INCIDENT"]
