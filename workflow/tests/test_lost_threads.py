"""No instance takes the threads of its process with it: whatever its code does, slots come back or count as lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from workflow import OnExhausted, RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.engine.host import Host
from workflow.models import Instance
from workflow.testing.threads import running_host
from workflow.tests.threads import eventually, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
let_go = threading.Event()


@pytest.fixture(autouse=True)
def _let_go_at_the_end() -> Iterator[None]:
    let_go.clear()
    yield
    let_go.set()


@step
def works(ctx: StepContext) -> int:
    return 7


@step(retry=RetryPolicy(maximum_attempts=1))
def leaves(ctx: StepContext) -> None:
    sys.exit(3)


@step(timeout=timedelta(seconds=0.2), retry=RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT))
def hangs(ctx: StepContext) -> None:
    let_go.wait(15)


@pytest.fixture
def narrow() -> Iterator[Host]:
    with running_host(slots=4) as host:
        yield host
        let_go.set()
        eventually(lambda: host.lost_threads == 0)


def test_a_step_that_exits_fails_and_ends_no_thread(narrow: Host) -> None:
    @workflow(name="leaving", timeout=None)
    def leaving(run: Run, nothing: None) -> None:
        run.step(leaves)

    for _ in range(narrow.slots + 1):
        with pytest.raises(client.WorkflowEndedError):
            client.result(client.start(leaving, None).instance_id, timeout=10)
    eventually(lambda: narrow.busy == 0)


def test_workflow_code_that_exits_is_an_incident(narrow: Host) -> None:
    @workflow(name="exiting", timeout=None)
    def exiting(run: Run, nothing: None) -> None:
        sys.exit(1)

    until_waiting(client.start(exiting, None).instance_id, "INCIDENT")
    eventually(lambda: narrow.busy == 0)


def test_a_hung_parallel_step_costs_one_thread_and_it_is_counted(narrow: Host) -> None:
    @workflow(name="hanging", timeout=None)
    def hanging(run: Run, nothing: None) -> Any:
        return run.parallel(call(works), call(hangs))

    until_waiting(client.start(hanging, None).instance_id, "INCIDENT")

    assert narrow.lost_threads == 1
    eventually(lambda: narrow.busy == 0)


def test_who_waits_here_learns_of_an_end_while_the_late_thread_still_hangs() -> None:
    @workflow(name="late", timeout=None)
    def late(run: Run, nothing: None) -> None:
        run.step(hangs)

    with running_host(slots=4, claims=False) as host:
        instance = client.start(late, None).instance_id
        eventually(lambda: Instance.objects.get(pk=instance).worker_id is None)
        client.terminate(instance_id=instance, actor_id="anna", reason="it hangs")

        with pytest.raises(client.WorkflowEndedError):
            client.result(instance, timeout=5)
        assert not host.turns  # nor does the heartbeat take it for driven
        let_go.set()
        eventually(lambda: host.lost_threads == 0)
