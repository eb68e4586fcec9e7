"""With threads: stuck steps, silent workers, lost turns, drains; late writes are fenced and nothing is done twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from workflow import RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.engine import claims
from workflow.engine.host import Host
from workflow.models import Instance, Worker, WorkflowEvent
from workflow.testing import assert_replays
from workflow.testing.threads import running_host
from workflow.tests.dying import note
from workflow.tests.ledger import ledger
from workflow.tests.threads import eventually, until_waiting

with_threads = pytest.mark.django_db(transaction=True)

go_ahead = threading.Event()


@pytest.fixture(autouse=True)
def _nobody_goes_ahead() -> None:
    go_ahead.clear()


@step(timeout=timedelta(milliseconds=300), retry=RetryPolicy(maximum_attempts=2))
def stuck_once(ctx: StepContext) -> int:
    ledger.calls.append(ctx.idempotency_key)
    if ctx.attempt == 1:
        assert go_ahead.wait(20)
    return ctx.attempt


@with_threads
def test_the_watchdog_takes_the_lease_of_a_stuck_step_and_its_late_answer_is_fenced(host: Host) -> None:
    @workflow(name="stuck", timeout=None)
    def stuck(run: Run, nothing: None) -> int:
        return run.step(stuck_once)

    instance = client.start(stuck, None).instance_id
    assert client.result(instance, timeout=10) == 2
    before = WorkflowEvent.objects.filter(instance_id=instance).count()
    assert host.lost_threads == 1
    go_ahead.set()

    eventually(lambda: not host._threads._stuck)
    assert WorkflowEvent.objects.filter(instance_id=instance).count() == before
    assert len(set(ledger.calls)) == 1
    assert_replays(instance)


@with_threads
def test_a_worker_with_half_its_threads_stuck_drains_and_says_that_it_failed() -> None:
    @step(timeout=timedelta(milliseconds=100), retry=RetryPolicy(maximum_attempts=1))
    def stuck(ctx: StepContext) -> None:
        assert go_ahead.wait(20)

    @workflow(name="stuck", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(stuck)

    with running_host(slots=2) as host:
        client.start(flow, None)
        eventually(lambda: host.failed and host.stopping)
        go_ahead.set()


@with_threads
def test_a_turn_that_its_worker_lost_track_of_is_given_back(host: Host) -> None:
    @workflow(name="lost", timeout=None)
    def lost(run: Run, nothing: None) -> int:
        run.wait_for("go")
        return run.step(note, amount=1)

    instance = client.start(lost, None).instance_id
    until_waiting(instance, "go")
    host.stopping = True  # nobody here takes what becomes due now
    client.signal(instance_id=instance, name="go")
    [lease] = claims.claim(worker_id=host.id, slots=1, queues=["default"])
    assert lease.id == instance
    eventually(lambda: Instance.objects.get(pk=instance).worker_id is None)
    with running_host():
        assert client.result(instance, timeout=10) == 1


@with_threads
def test_a_worker_that_falls_silent_loses_its_turns_and_its_late_writes_are_fenced(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    @step
    def slow(ctx: StepContext) -> int:
        ledger.calls.append(ctx.idempotency_key)
        if len(ledger.calls) == 1:
            assert go_ahead.wait(20)
        return ledger.do(ctx.idempotency_key, 1)

    @workflow(name="slow", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(slow) + run.step(note, amount=1)

    instance = client.start(flow, None).instance_id
    eventually(lambda: len(ledger.calls) == 1)
    monkeypatch.setattr(host._heart, "_beat", lambda: None)  # silent, like a stopped process
    host.stopping = True
    silent = host.id
    with running_host() as other:
        assert client.result(instance, timeout=10) == 2
        go_ahead.set()
        eventually(lambda: host.busy == 0)
        assert Instance.objects.get(pk=instance).status == "COMPLETED"
        assert Worker.objects.get(pk=silent).stopped_at is not None
        assert other.id != silent
    assert len(ledger.keys) == 2
    assert WorkflowEvent.objects.filter(instance_id=instance, event_type="RECOVERY").count() == 1
    assert_replays(instance)


@with_threads
def test_no_external_call_starts_when_the_last_heartbeat_is_too_old(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    @workflow(name="calling", timeout=None)
    def calling(run: Run, nothing: None) -> int:
        return run.step(note, amount=1)

    monkeypatch.setattr(host._heart, "age_seconds", lambda: 1000.0)
    instance = client.start(calling, None).instance_id
    eventually(lambda: Instance.objects.get(pk=instance).token >= 3)  # taken and given back again and again
    assert ledger.calls == []
    monkeypatch.undo()
    assert client.result(instance, timeout=10) == 1
    assert len(ledger.calls) == 1


@with_threads
def test_a_draining_worker_gives_its_instances_back_between_commands_and_counts_no_recovery() -> None:
    @step
    def slow(ctx: StepContext) -> int:
        ledger.calls.append(ctx.idempotency_key)
        assert go_ahead.wait(20)
        return 1

    @workflow(name="slow", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(slow) + run.step(note, amount=1)

    with running_host() as first:
        instance = client.start(flow, None).instance_id
        eventually(lambda: len(ledger.calls) == 1)
        first.drain()
        go_ahead.set()
    row = Instance.objects.get(pk=instance)
    assert (row.worker_id, row.recovery_count) == (None, 0)
    with running_host():
        assert client.result(instance, timeout=10) == 2
    assert WorkflowEvent.objects.filter(instance_id=instance, event_type="RECOVERY").count() == 0
    assert len(ledger.calls) == 2


@with_threads
def test_parallel_steps_run_at_the_same_time(host: Host) -> None:
    together = threading.Barrier(4)

    @step
    def meet(ctx: StepContext, *, number: int) -> int:
        together.wait(10)
        return number

    @workflow(name="meeting", timeout=None)
    def meeting(run: Run, nothing: None) -> list[int]:
        return run.parallel(*(call(meet, number=n) for n in range(4)))

    instance = client.start(meeting, None).instance_id
    assert client.result(instance, timeout=10) == [0, 1, 2, 3]
    numbers = list(
        WorkflowEvent.objects.filter(instance_id=instance)
        .order_by("sequence_number")
        .values_list("sequence_number", flat=True)
    )
    assert numbers == list(range(1, len(numbers) + 1))
    assert_replays(instance)


@with_threads
def test_what_is_unwritten_for_fifty_milliseconds_is_flushed_by_the_watchdog(host: Host) -> None:
    @step
    def slow(ctx: StepContext) -> int:
        assert go_ahead.wait(20)
        return 1

    @workflow(name="flushing", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        one = run.step(note, amount=1)
        assert go_ahead.wait(20)  # the author's code thinks for long
        return one

    instance = client.start(flow, None).instance_id
    eventually(lambda: WorkflowEvent.objects.filter(instance_id=instance, event_type="STEP_COMPLETED").exists())
    go_ahead.set()
    assert client.result(instance, timeout=10) == 1
