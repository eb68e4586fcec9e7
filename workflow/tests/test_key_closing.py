"""Before an undo the key of an attempt that may have arrived is closed: nothing can happen under it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import (
    RetryPolicy,
    StepContext,
    client,
    step,
)
from workflow.models import Incident
from workflow.testing import Driven, FakeClock, assert_replays, drive, go_on
from workflow.tests.ledger import ledger
from workflow.tests.paying import LIMIT, THREE, close, look_up, paying, slow_only_once, undo

pytestmark = pytest.mark.django_db


def cut_off(with_step: Any, clock: FakeClock) -> Driven:
    """Cancel an instance whose attempt has an unknown outcome."""
    driven = drive(paying(with_step), 5)
    if driven.status == "ACTIVE":
        client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="stop")
    return go_on(driven.instance_id)


@pytest.mark.parametrize("acted", [True, False])
def test_the_key_is_closed_before_the_undo_where_the_provider_can(clock: FakeClock, acted: bool) -> None:
    @step(name="pay", at_most_once=True, timeout=LIMIT, undo=undo, close_key=close)
    def pay(ctx: StepContext, *, amount: int) -> int:
        if acted:
            ledger.do(ctx.idempotency_key, amount)
        clock.skip(timedelta(seconds=11))
        return amount

    driven = cut_off(pay, clock)

    key = f"{driven.instance_id}:pay#1:1"
    assert driven.status == "COMPENSATED"
    assert key in ledger.closed
    assert (key in ledger.reversed) is acted
    assert ledger.balance == 0
    assert_replays(driven.instance_id)


def test_where_the_provider_cannot_close_a_key_it_is_looked_up_twice_with_a_pause_between(clock: FakeClock) -> None:
    @step(
        name="pay", timeout=LIMIT, undo=undo, reconcile=look_up, recheck_after=timedelta(minutes=5),
        reconcile_policy=RetryPolicy(initial_interval=timedelta(minutes=1), maximum_duration=timedelta(seconds=1)),
    )  # fmt: skip
    def pay(ctx: StepContext, *, amount: int) -> int:
        ledger.calls.append(ctx.idempotency_key)
        clock.skip(timedelta(seconds=11))
        return amount

    ledger.blind = 1
    waiting = drive(paying(pay), 5)
    assert waiting.waiting_for == ["INCIDENT"]
    asked_before, began = len(ledger.look_ups), clock.now()
    client.cancel(instance_id=waiting.instance_id, actor_id="ann", reason="stop")
    ledger.effects.clear()

    driven = go_on(waiting.instance_id)

    assert driven.status == "COMPENSATED"
    assert len(ledger.look_ups) - asked_before == 2
    assert clock.now() - began >= timedelta(minutes=5)
    assert len(ledger.calls) == 1


def test_without_close_key_the_same_call_is_repeated_and_then_undone(clock: FakeClock) -> None:
    def late_once(ctx: StepContext, *, amount: int) -> int:
        answer = ledger.do(ctx.idempotency_key, amount)
        if len(ledger.calls) <= 3:
            clock.skip(timedelta(seconds=11))
        return answer

    driven = cut_off(step(name="pay", retry=THREE, timeout=LIMIT, undo=undo)(late_once), clock)

    assert driven.status == "COMPENSATED"
    assert len(set(ledger.calls)) == 1
    assert ledger.balance == 0


def test_an_undo_waits_for_staff_where_the_call_must_not_be_repeated(clock: FakeClock) -> None:
    driven = cut_off(slow_only_once, clock)

    assert driven.status == "COMPENSATION_FAILED"
    assert Incident.objects.filter(instance_id=driven.instance_id, status="OPEN").count() == 1
    assert len(ledger.calls) == 1
