"""Parallel steps share one turn: nothing that one of them leaves to be written is lost or written twice by another."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from workflow import RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.engine import connection, inbox
from workflow.engine.host import Host
from workflow.models import StepExecution, WorkflowEvent
from workflow.testing import assert_replays
from workflow.tests.threads import eventually

pytestmark = pytest.mark.django_db(transaction=True)
told = threading.Event()
both = threading.Barrier(2)


@pytest.fixture(autouse=True)
def _untold() -> None:
    told.clear()
    both.reset()


@step
def tell(ctx: StepContext) -> int:
    """Ends at once; its end rides with the next checkpoint."""
    told.set()
    return 7


@step(atomic=True)
def after_it(ctx: StepContext) -> int:
    """Commits while the other's end is recorded and not yet written."""
    assert told.wait(10)
    eventually_recorded.wait(10)
    return 1


eventually_recorded = threading.Event()


def test_the_end_of_a_step_is_not_lost_by_the_commit_of_an_atomic_one(host: Host, monkeypatch: Any) -> None:
    from workflow.engine.steps import StepRunner

    completed = StepRunner._completed

    def noted(self: StepRunner, *given: Any, **more: Any) -> None:
        completed(self, *given, **more)
        eventually_recorded.set()

    monkeypatch.setattr(StepRunner, "_completed", noted)
    eventually_recorded.clear()

    @workflow(name="side-by-side", timeout=None)
    def side_by_side(run: Run, nothing: None) -> list[int]:
        return run.parallel(call(after_it), call(tell))

    instance = client.start(side_by_side, None).instance_id

    assert client.result(instance, timeout=10) == [1, 7]
    ends = WorkflowEvent.objects.filter(instance_id=instance, event_type="STEP_COMPLETED")
    assert sorted(ends.values_list("step_key", flat=True)) == ["after_it#1", "tell#1"]
    assert not StepExecution.objects.filter(instance_id=instance).exclude(status="COMPLETED").exists()
    assert_replays(instance)


@step(retry=RetryPolicy(initial_interval=timedelta(seconds=0.2), jitter=0, maximum_attempts=2))
def fails_once(ctx: StepContext, *, number: int) -> int:
    if ctx.attempt == 1:
        assert told.wait(10)
        raise ValueError("not yet")
    return number


def test_a_signal_is_received_once_though_two_siblings_look_into_the_inbox(host: Host, monkeypatch: Any) -> None:
    fetch = connection.fetch

    def together(*given: Any, **more: Any) -> Any:
        """Each has read before either goes on, if they can read at the same time."""
        rows = fetch(*given, **more)
        try:
            both.wait(0.3)
        except threading.BrokenBarrierError:
            both.reset()
        return rows

    monkeypatch.setattr(inbox, "fetch", together)

    @workflow(name="two-wait", timeout=None)
    def two_wait(run: Run, nothing: None) -> int:
        run.parallel(call(fails_once, number=1), call(fails_once, number=2))
        return sum(run.wait_for("go", timeout=timedelta(seconds=0.5)) is not None for _ in range(2))

    instance = client.start(two_wait, None).instance_id
    eventually(lambda: StepExecution.objects.filter(instance_id=instance).count() == 2)
    client.signal(instance_id=instance, name="go")
    told.set()

    assert client.result(instance, timeout=10) == 1
    assert WorkflowEvent.objects.filter(instance_id=instance, event_type="SIGNAL_RECEIVED").count() == 1
