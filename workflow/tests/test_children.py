"""A child is started with its parent's fact and tells its end in the fact that ends it; nobody waits for nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import ApplicationFailure, ChildFailed, Run, StepContext, client, step, workflow
from workflow.core.definition import Definition
from workflow.models import Incident, Instance
from workflow.testing import Send, assert_replays, drive, go_on
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db


@step(name="UNDO")
def undo(ctx: StepContext, *, amount: int) -> None:
    ledger.reverse(ctx.original_key)


@step(undo=undo)
def pay(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def a_child(*, waits: bool = False, fails: bool = False, key: str | None = None) -> Definition[int, int]:
    @workflow(name="child", timeout=None, business_key=None if key is None else lambda _: key)
    def child(run: Run, amount: int) -> int:
        run.step(pay, amount=amount)
        if waits:
            run.wait_for("go")
        if fails:
            raise ApplicationFailure("no", type="NO")
        return amount * 10

    return child


def a_parent(child: Definition[int, int], **options: Any) -> Definition[int, Any]:
    @workflow(name="parent", timeout=None)
    def parent(run: Run, amount: int) -> int:
        run.step(pay, amount=amount)
        return run.child(child, amount + 1, **options)

    return parent


def child_of(parent_id: str) -> Instance:
    return Instance.objects.get(parent_id=parent_id)


def test_the_parent_waits_for_the_child_and_gets_its_result() -> None:
    driven = drive(a_parent(a_child()), 1)

    assert (driven.status, driven.result) == ("COMPLETED", 20)
    child = child_of(driven.instance_id)
    assert (child.status, child.correlation_id) == (
        "COMPLETED",
        Instance.objects.get(pk=driven.instance_id).correlation_id,
    )
    assert_replays(driven.instance_id)
    assert_replays(str(child.id))


def test_a_child_that_fails_fails_the_parent_which_rolls_back() -> None:
    driven = drive(a_parent(a_child(fails=True)), 1)

    assert driven.status == "COMPENSATED"
    assert driven.failure is not None
    assert driven.failure["type"] == "CHILD_FAILED"
    assert child_of(driven.instance_id).status == "COMPENSATED"
    assert ledger.balance == 0


def test_a_parent_may_go_on_without_its_child() -> None:
    child = a_child(fails=True)

    @workflow(name="parent", timeout=None)
    def parent(run: Run, amount: int) -> str:
        try:
            run.child(child, amount)
        except ChildFailed as failed:
            return failed.status
        return "?"

    assert drive(parent, 1).result == "COMPENSATED"


def test_a_cancelled_parent_cancels_its_child_and_both_roll_back() -> None:
    driven = drive(a_parent(a_child(waits=True)), 1)
    assert driven.waiting_for == ["CHILD"]

    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="stop")
    ended = go_on(driven.instance_id)
    while go_on(str(child_of(driven.instance_id).id)).status == "ACTIVE":
        pass

    assert ended.status == "COMPENSATED"
    assert child_of(driven.instance_id).status == "COMPENSATED"
    assert ledger.balance == 0


def test_an_abandoned_child_goes_on_without_its_parent() -> None:
    driven = drive(a_parent(a_child(waits=True), on_parent_end="ABANDON"), 1)
    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="stop")
    assert go_on(driven.instance_id).status == "COMPENSATED"

    child = str(child_of(driven.instance_id).id)
    assert go_on(child, Send("go")).status == "COMPLETED"


def test_a_terminated_child_tells_its_parent() -> None:
    @workflow(name="child", timeout=None)
    def child(run: Run, amount: int) -> int:
        run.wait_for("go")
        return amount

    driven = drive(a_parent(child), 1)
    client.terminate(instance_id=str(child_of(driven.instance_id).id), actor_id="ann", reason="stuck")

    ended = go_on(driven.instance_id)

    assert ended.status == "COMPENSATED"
    assert ended.failure is not None
    assert ended.failure["type"] == "CHILD_FAILED"


def test_a_terminated_parent_cancels_its_child() -> None:
    @workflow(name="parent", timeout=None)
    def parent(run: Run, amount: int) -> int:
        return run.child(child, amount)

    child = a_child(waits=True)
    driven = drive(parent, 1)
    client.terminate(instance_id=driven.instance_id, actor_id="ann", reason="stuck")

    assert go_on(str(child_of(driven.instance_id).id)).status == "COMPENSATED"
    assert ledger.balance == 0


def test_a_child_whose_rollback_staff_resolved_tells_its_parent() -> None:
    @step(name="BROKEN_UNDO")
    def broken(ctx: StepContext, *, amount: int) -> None:
        raise ValueError("never")

    @step(undo=broken, name="pay")
    def pay_for_good(ctx: StepContext, *, amount: int) -> int:
        return amount

    @workflow(name="child", timeout=None)
    def child(run: Run, amount: int) -> int:
        run.step(pay_for_good, amount=amount)
        raise ApplicationFailure("no", type="NO")

    driven = drive(a_parent(child), 1)
    assert (driven.waiting_for, child_of(driven.instance_id).status) == (["CHILD"], "COMPENSATION_FAILED")

    client.resolve_compensation(
        instance_id=str(child_of(driven.instance_id).id), actor_id="ann", reason="paid back by hand"
    )

    assert go_on(driven.instance_id).status == "COMPENSATED"


def test_a_child_whose_business_key_is_in_use_is_an_incident_and_no_child_is_waited_for() -> None:
    child = a_child(waits=True, key="taken")
    other = drive(child, 1, business_key="taken")
    driven = drive(a_parent(child, business_key="taken"), 1)

    assert driven.waiting_for == ["INCIDENT"]
    assert "taken" in Incident.objects.get(instance_id=driven.instance_id).message
    assert driven.of("CHILD_STARTED") == []
    assert len(ledger.keys) == 2

    go_on(other.instance_id, Send("go"))
    client.resume(instance_id=driven.instance_id, actor_id="ann", reason="the other ended")
    waiting = go_on(driven.instance_id)
    assert waiting.waiting_for == ["CHILD"]
    go_on(str(child_of(driven.instance_id).id), Send("go"))
    assert go_on(driven.instance_id).result == 20
    assert len(ledger.keys) == 3


def test_children_one_after_the_other_are_different_instances() -> None:
    child = a_child()

    @workflow(name="parent", timeout=timedelta(days=1))
    def parent(run: Run, amount: int) -> list[int]:
        return [run.child(child, number) for number in range(amount)]

    driven = drive(parent, 3)
    assert driven.result == [0, 10, 20]
    assert Instance.objects.filter(parent_id=driven.instance_id).count() == 3
