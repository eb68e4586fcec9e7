"""A rollback finishes: undos run in reverse start order, each takes effect once; one that fails stops no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import (
    NOTHING_TO_UNDO,
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
from workflow.core.errors import NotPossibleNow, PastPivot
from workflow.models import Incident, StepExecution
from workflow.testing import Driven, FakeClock, assert_replays, drive, go_on
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
undone: list[str] = []
broken: set[str] = set()
ONCE = RetryPolicy(maximum_attempts=1)


@pytest.fixture(autouse=True)
def _nothing_undone() -> None:
    undone.clear()
    broken.clear()


@step(name="UNDO", retry=ONCE)
def undo(ctx: StepContext, *, name: str, output: str | None) -> None:
    if name in broken:
        raise ValueError(f"{name} cannot be undone")
    undone.append(f"{name}={output}")
    ledger.reverse(ctx.original_key)


@step(undo=undo, retry=ONCE)
def act(ctx: StepContext, *, name: str) -> str:
    ledger.do(ctx.idempotency_key, 1)
    if name == "fails":
        raise ValueError("no")
    return name.upper()


@step(undo=NOTHING_TO_UNDO)
def look(ctx: StepContext) -> None:
    """Changes nothing."""


@step(pivot=True)
def pivot(ctx: StepContext) -> None:
    """From here there is no way back."""


def acting(*names: str, then: Any = None) -> Any:
    @workflow(name="acting", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        for name in names:
            run.step(pivot) if name == "pivot" else run.step(act, name=name)
        if then is not None:
            then(run)

    return flow


def fail(run: Run) -> None:
    raise ApplicationFailure("no", type="NO")


def wait(run: Run) -> None:
    run.wait_for("go")


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


# -- cancel, time-out, terminate ---------------------------------------------------------------------------------------


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


# -- the pivot --------------------------------------------------------------------------------------------------------


def test_after_the_pivot_earlier_undos_are_sealed_and_a_failure_is_an_incident() -> None:
    driven = drive(acting("a", "pivot", "fails"), None)

    assert (driven.status, driven.waiting_for, undone) == ("ACTIVE", ["INCIDENT"], [])
    assert Incident.objects.get(instance_id=driven.instance_id).severity == "CRITICAL"


def test_after_the_pivot_a_cancel_is_refused() -> None:
    driven = drive(acting("a", "pivot", then=wait), None)

    with pytest.raises(PastPivot):
        client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="no")
    assert go_on(driven.instance_id).status == "ACTIVE"


def test_after_the_pivot_the_run_timeout_is_off(clock: FakeClock) -> None:
    @workflow(name="timed", timeout=timedelta(seconds=60))
    def timed(run: Run, nothing: None) -> str:
        run.step(act, name="a")
        run.step(pivot)
        run.sleep(timedelta(days=1))
        return "done"

    assert drive(timed, None).result == "done"


def test_before_the_pivot_completed_there_is_a_way_back() -> None:
    @step(pivot=True, retry=ONCE, name="pivot")
    def failing_pivot(ctx: StepContext) -> None:
        raise ValueError("no")

    @workflow(name="failing-pivot", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(act, name="a")
        run.step(failing_pivot)

    assert drive(flow, None).status == "COMPENSATED"
    assert undone == ["a=A"]


# -- machines ---------------------------------------------------------------------------------------------------------


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
