"""A cancel rolls back after the running step; terminate ends at once and leaves to staff what is not undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow import (
    ApplicationFailure,
    RetryPolicy,
    Run,
    StepContext,
    client,
    step,
    workflow,
)
from workflow.core.errors import NotPossibleNow
from workflow.testing import assert_replays, drive, go_on
from workflow.tests.ledger import ledger
from workflow.tests.undoing import act, acting, broken, undo, undone, wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_undone() -> None:
    undone.clear()
    broken.clear()


def test_a_cancel_rolls_back_and_says_who_and_why() -> None:
    driven = drive(acting("a", then=wait), None)

    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="changed her mind")
    ended = go_on(driven.instance_id)

    assert ended.status == "COMPENSATED"
    assert ended.failure == {"type": "CANCELLED", "message": "changed her mind", "actor_id": "ann"}
    assert undone == ["a=A"]
    assert_replays(driven.instance_id)


def test_a_cancel_with_nothing_to_undo_is_cancelled() -> None:
    driven = drive(acting(then=wait), None)
    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="no")
    assert go_on(driven.instance_id).status == "CANCELLED"


def test_a_rollback_is_shielded_from_a_second_cancel() -> None:
    tried: list[int] = []

    @step(name="UNDO", retry=RetryPolicy(initial_interval=timedelta(hours=1), maximum_interval=timedelta(hours=1)))
    def slow_undo(ctx: StepContext) -> None:
        tried.append(ctx.attempt)
        if ctx.attempt == 1:
            raise ConnectionError("later")

    @step(undo=slow_undo)
    def once(ctx: StepContext) -> None:
        """Something."""

    @workflow(name="slow-undo", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(once)
        raise ApplicationFailure("no", type="NO")

    instance = client.start(flow, None).instance_id
    assert client.describe(instance).status == "COMPENSATING"
    with pytest.raises(NotPossibleNow):
        client.cancel(instance_id=instance, actor_id="ann", reason="again")

    ended = go_on(instance)
    assert (ended.status, tried) == ("COMPENSATED", [1, 2])
    assert ended.failure is not None
    assert ended.failure["type"] == "NO"


def test_a_cancel_lets_the_running_step_end_first() -> None:
    @step(name="pay", undo=undo)
    def cancelled_meanwhile(ctx: StepContext, *, name: str) -> str:
        client.cancel(instance_id=ctx.instance_id, actor_id="ann", reason="stop")
        ledger.do(ctx.idempotency_key, 1)
        return name.upper()

    @workflow(name="meanwhile", timeout=None)
    def meanwhile(run: Run, nothing: None) -> None:
        run.step(cancelled_meanwhile, name="a")
        run.step(act, name="its intent was written already")
        run.step(act, name="never")

    driven = drive(meanwhile, None)

    assert driven.status == "COMPENSATED"
    assert undone[-1] == "a=A"
    assert ledger.balance == 0


def test_a_cancel_during_the_last_step_is_honoured_too() -> None:
    @step(name="pay", undo=undo)
    def last(ctx: StepContext, *, name: str) -> str:
        client.cancel(instance_id=ctx.instance_id, actor_id="ann", reason="stop")
        return name.upper()

    @workflow(name="last", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(last, name="a")

    driven = drive(flow, None)

    assert (driven.status, undone) == ("COMPENSATED", ["a=A"])
    assert_replays(driven.instance_id)


def test_terminate_ends_at_once_and_leaves_what_is_not_undone_to_staff() -> None:
    driven = drive(acting("a", "b", then=wait), None)

    client.terminate(instance_id=driven.instance_id, actor_id="ann", reason="stuck")
    ended = go_on(driven.instance_id)

    assert (ended.status, ended.waiting_for, undone) == ("COMPENSATION_FAILED", ["INCIDENT"], [])
    assert ended.failure is not None
    assert ended.failure["type"] == "TERMINATED"
    client.compensate(instance_id=driven.instance_id, actor_id="bob", reason="now undo it")
    assert go_on(driven.instance_id).status == "COMPENSATED"
    assert undone == ["b=B", "a=A"]
    assert_replays(driven.instance_id)


def test_terminate_with_nothing_to_undo_is_cancelled_at_once() -> None:
    driven = drive(acting(then=wait), None)
    client.terminate(instance_id=driven.instance_id, actor_id="ann", reason="stuck")
    assert client.describe(driven.instance_id).status == "CANCELLED"
    assert_replays(driven.instance_id)
