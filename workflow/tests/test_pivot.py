"""Once the pivot completed there is no way back: undos are sealed, failures ask staff, a cancel is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow import (
    Run,
    StepContext,
    client,
    step,
    workflow,
)
from workflow.core.errors import PastPivot
from workflow.models import Incident
from workflow.testing import FakeClock, drive, go_on
from workflow.tests.undoing import ONCE, act, acting, broken, pivot, undone, wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_undone() -> None:
    undone.clear()
    broken.clear()


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
