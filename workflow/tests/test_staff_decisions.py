"""A decision of staff about one step counts like the step's own end, and touches nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from workflow import OnExhausted, RetryPolicy, Run, StepContext, client, step, workflow
from workflow.core.errors import NotPossibleNow
from workflow.models import Incident
from workflow.testing import assert_replays, drive, go_on

pytestmark = pytest.mark.django_db
ASKS = RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT)
ONCE = RetryPolicy(maximum_attempts=1)
ANNA: Any = {"actor_id": "anna", "reason": "looked it up"}
undone: list[str] = []
broken: set[str] = set()


@pytest.fixture(autouse=True)
def _all_broken() -> None:
    undone.clear()
    broken.update({"pivot", "atom", "after", "last"})


def _may_break(name: str) -> None:
    if name in broken:
        raise ValueError(f"{name} is broken")


@step(name="UNDO", retry=ONCE)
def undo(ctx: StepContext, *, output: Any) -> None:
    undone.append(str(output))


@step(undo=undo)
def first(ctx: StepContext) -> str:
    return "first"


@step(pivot=True, retry=ASKS)
def pivot(ctx: StepContext) -> None:
    _may_break("pivot")


@step(atomic=True, undo=undo, retry=ASKS)
def atom(ctx: StepContext) -> str:
    _may_break("atom")
    return "atom"


@step(retry=ONCE)
def after(ctx: StepContext) -> None:
    _may_break("after")


@step(retry=ASKS)
def last(ctx: StepContext) -> None:
    _may_break("last")


def flow_of(*steps: Any) -> Any:
    @workflow(name="flow", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        for each in steps:
            run.step(each)

    return flow


def test_a_pivot_that_staff_completed_seals_what_came_before() -> None:
    driven = drive(flow_of(first, pivot, after), None)
    client.complete_step(instance_id=driven.instance_id, step_key="pivot#1", output=None, **ANNA)

    driven = go_on(driven.instance_id)

    assert undone == []
    assert (driven.status, driven.waiting_for) == ("ACTIVE", ["INCIDENT"])
    assert_replays(driven.instance_id)


def test_a_pivot_that_staff_skipped_seals_nothing() -> None:
    driven = drive(flow_of(first, pivot, after), None)
    client.skip_step(instance_id=driven.instance_id, step_key="pivot#1", **ANNA)

    assert go_on(driven.instance_id).status == "COMPENSATED"
    assert undone == ["first"]


def test_an_atomic_step_that_staff_completed_is_undone_like_any_other() -> None:
    driven = drive(flow_of(first, atom, after), None)
    client.complete_step(instance_id=driven.instance_id, step_key="atom#1", output="by hand", **ANNA)

    assert go_on(driven.instance_id).status == "COMPENSATED"
    assert undone == ["by hand", "first"]
    assert_replays(driven.instance_id)


def test_an_atomic_step_that_failed_or_was_skipped_left_nothing_to_undo() -> None:
    driven = drive(flow_of(first, atom, after), None)
    client.skip_step(instance_id=driven.instance_id, step_key="atom#1", output="none", **ANNA)

    assert go_on(driven.instance_id).status == "COMPENSATED"
    assert undone == ["first"]


def test_a_step_that_has_completed_is_not_tried_again() -> None:
    driven = drive(flow_of(first, last), None)

    with pytest.raises(NotPossibleNow, match="first#1 has completed already"):
        client.retry_step(instance_id=driven.instance_id, step_key="first#1", **ANNA)

    broken.clear()
    client.resume(instance_id=driven.instance_id, **ANNA)
    assert go_on(driven.instance_id).status == "COMPLETED"


def test_what_failed_past_the_pivot_is_tried_again_on_resume() -> None:
    broken.discard("pivot")
    driven = drive(flow_of(pivot, after), None)
    assert driven.waiting_for == ["INCIDENT"]

    broken.clear()
    client.resume(instance_id=driven.instance_id, **ANNA)

    assert go_on(driven.instance_id).status == "COMPLETED"


def test_an_applications_own_incident_outlives_a_resume() -> None:
    driven = drive(flow_of(last), None)
    found = client.open_incident(kind="AUDIT", message="odd", subject="order:1", instance_id=driven.instance_id)

    client.resume(instance_id=driven.instance_id, **ANNA)

    assert Incident.objects.get(pk=found).status == "OPEN"
    assert Incident.objects.exclude(pk=found).get().status == "RESOLVED"
