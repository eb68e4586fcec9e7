"""A rollback finishes: undos run in reverse start order, each takes effect once; one that fails stops no other."""

from __future__ import annotations

from typing import Any

import pytest

from workflow import (
    ApplicationFailure,
    Machine,
    RetryPolicy,
    Run,
    StepContext,
    StepFailed,
    Transition,
    call,
    client,
    step,
    workflow,
)
from workflow.models import Incident, StepExecution
from workflow.testing import Driven, assert_replays, drive, go_on
from workflow.tests.ledger import ledger
from workflow.tests.undoing import act, acting, broken, fail, look, undone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_undone() -> None:
    undone.clear()
    broken.clear()


def compensations(driven: Driven) -> list[str]:
    return [event.step_key for event in driven.of("SAGA_COMPENSATION")]


def test_undos_run_in_reverse_order_with_input_and_output() -> None:
    driven = drive(acting("a", "b", "c", then=fail), None)

    assert driven.status == "COMPENSATED"
    assert undone == ["c=C", "b=B", "a=A"]
    assert compensations(driven) == ["UNDO#3", "UNDO#2", "UNDO#1"]
    assert [e.payload["undo"] for e in driven.of("SAGA_COMPENSATION")] == ["UNDO"] * 3
    assert driven.failure == {"type": "NO", "message": "no", "details": {}}
    assert_replays(driven.instance_id)


def test_steps_made_of_one_function_are_each_undone_by_their_own_undo() -> None:
    def change(ctx: StepContext) -> None:
        """The same work under two names."""

    def noting(name: str) -> Any:
        @step(name=name)
        def note(ctx: StepContext) -> None:
            undone.append(name)

        return note

    left, right = (step(name=name, undo=noting(f"UNDO_{name}"))(change) for name in ("LEFT", "RIGHT"))

    @workflow(name="both", timeout=None)
    def both(run: Run, nothing: None) -> None:
        run.step(left)
        run.step(right)
        raise ApplicationFailure("no")

    assert drive(both, None).status == "COMPENSATED"
    assert undone == ["UNDO_RIGHT", "UNDO_LEFT"]


def test_a_step_that_failed_is_undone_too_with_its_output_unknown() -> None:
    driven = drive(acting("a", "fails"), None)

    assert driven.failure is not None
    assert driven.failure["type"] == "STEP_FAILED"
    assert undone == ["fails=None", "a=A"]
    assert ledger.balance == 0


def test_with_nothing_to_undo_it_is_failed() -> None:
    @workflow(name="looking", timeout=None)
    def looking(run: Run, nothing: None) -> None:
        run.step(look)
        raise ApplicationFailure("no")

    assert drive(looking, None).status == "FAILED"


def test_parallel_steps_all_end_before_the_rollback_and_are_undone_in_reverse_start_order() -> None:
    @workflow(name="side-by-side", timeout=None)
    def side_by_side(run: Run, nothing: None) -> None:
        run.parallel(call(act, name="a"), call(act, name="fails"), call(act, name="c"))

    driven = drive(side_by_side, None)

    assert driven.status == "COMPENSATED"
    assert undone == ["c=C", "fails=None", "a=A"]
    ends = [n for n, kind in enumerate(driven.event_types) if kind in ("STEP_COMPLETED", "STEP_FAILED")]
    assert max(ends) < driven.event_types.index("COMPENSATING")


def test_a_failure_that_the_code_catches_is_no_rollback() -> None:
    @workflow(name="catching", timeout=None)
    def catching(run: Run, nothing: None) -> str:
        try:
            run.step(act, name="fails")
        except StepFailed as failed:
            return str(failed.error["type"])
        return "?"

    driven = drive(catching, None)
    assert (driven.status, driven.result, undone) == ("COMPLETED", "ValueError", [])
    assert_replays(driven.instance_id)


def test_an_undo_is_tried_again_as_its_policy_says() -> None:
    tried: list[int] = []

    @step(name="UNDO", retry=RetryPolicy(maximum_attempts=3))
    def stubborn(ctx: StepContext) -> None:
        tried.append(ctx.attempt)
        if ctx.attempt < 3:
            raise ConnectionError("again")

    @step(undo=stubborn)
    def once(ctx: StepContext) -> None:
        """Something."""

    @workflow(name="stubborn", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(once)
        raise ApplicationFailure("no")

    driven = drive(flow, None)
    assert (driven.status, tried) == ("COMPENSATED", [1, 2, 3])
    kinds = StepExecution.objects.filter(instance_id=driven.instance_id, kind="COMPENSATION")
    assert [row.status for row in kinds.order_by("attempt")] == ["FAILED", "FAILED", "COMPLETED"]


def test_an_undo_that_fails_for_good_leaves_the_others_done_and_one_incident() -> None:
    broken.add("b")
    definition = acting("a", "b", "c", then=fail)
    driven = drive(definition, None, business_key="order-1")

    assert (driven.status, driven.waiting_for) == ("COMPENSATION_FAILED", ["INCIDENT"])
    assert undone == ["c=C", "a=A"]
    incident = Incident.objects.get(instance_id=driven.instance_id)
    assert (incident.kind, incident.severity, incident.step_key) == ("COMPENSATION_FAILED", "CRITICAL", "UNDO#2")
    again = client.start(definition, None, business_key="order-1")
    assert (again.instance_id, again.created) == (driven.instance_id, False)
    assert_replays(driven.instance_id)


def test_staff_try_a_failed_undo_again_and_only_that_one() -> None:
    broken.add("b")
    driven = drive(acting("a", "b", "c", then=fail), None)
    broken.clear()

    client.compensate(instance_id=driven.instance_id, actor_id="ann", reason="the bank is back")
    ended = go_on(driven.instance_id)

    assert ended.status == "COMPENSATED"
    assert undone == ["c=C", "a=A", "b=B"]
    assert Incident.objects.get(instance_id=driven.instance_id).status == "RESOLVED"
    assert_replays(driven.instance_id)


def test_an_undo_that_fails_again_opens_its_incident_again() -> None:
    broken.add("b")
    driven = drive(acting("a", "b", then=fail), None)
    client.compensate(instance_id=driven.instance_id, actor_id="ann", reason="try")

    again = go_on(driven.instance_id)

    assert again.status == "COMPENSATION_FAILED"
    assert Incident.objects.filter(instance_id=driven.instance_id, status="OPEN").count() == 1


def test_staff_do_an_undo_by_hand_and_the_rollback_ends() -> None:
    broken.add("a")
    driven = drive(acting("a", then=fail), None)

    client.complete_step(
        instance_id=driven.instance_id, actor_id="ann", reason="paid back by hand", step_key="UNDO#1", output=None
    )
    ended = go_on(driven.instance_id)

    assert ended.status == "COMPENSATED"
    assert undone == []
    assert_replays(driven.instance_id)


def test_staff_resolve_a_failed_rollback_as_a_whole() -> None:
    broken.add("a")
    driven = drive(acting("a", then=fail), None)

    client.resolve_compensation(instance_id=driven.instance_id, actor_id="ann", reason="written off")

    ended = go_on(driven.instance_id)
    assert ended.status == "COMPENSATED"
    assert ended.events[-1].payload["by_staff"] == "ann"
    assert_replays(driven.instance_id)


def test_a_rejection_rolls_back_through_states_that_lie_before_the_snapshot() -> None:
    def work(run: Run, data: dict[str, str]) -> None:
        run.step(act, name=data["name"])

    class Order(Machine):
        name, version, initial, rejecting = "order", 1, "NEW", ("REJECTED",)
        transitions = [
            Transition("NEW", "NEXT", "MIDDLE", do=work),
            Transition("MIDDLE", "NEXT", "LAST", do=work),
            Transition("LAST", "REJECT", "REJECTED"),
        ]

    from workflow.testing import Send

    driven = drive(Order, {}, Send("NEXT", {"name": "a"}), Send("NEXT", {"name": "b"}), Send("REJECT"))

    assert (driven.status, driven.state) == ("COMPENSATED", "REJECTED")
    assert driven.failure is not None
    assert driven.failure["type"] == "REJECTED"
    assert undone == ["b=B", "a=A"]
    assert_replays(driven.instance_id)


def test_a_rejection_with_nothing_to_undo_is_completed_in_its_rejecting_state() -> None:
    from workflow.testing import Send

    class Order(Machine):
        name, version, initial, rejecting = "order", 1, "NEW", ("REJECTED",)
        transitions = [Transition("NEW", "REJECT", "REJECTED")]

    driven = drive(Order, {}, Send("REJECT"))
    assert (driven.status, driven.state) == ("COMPLETED", "REJECTED")
    assert_replays(driven.instance_id)
