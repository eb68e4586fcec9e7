"""The work of the dead is made due again; what keeps killing its worker is quarantined; nothing waits silently."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from workflow import RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.core.registry import registry
from workflow.engine import claims, recovery
from workflow.engine.host import Host
from workflow.models import Incident, Instance, StepExecution, Worker, WorkflowEvent
from workflow.testing import Crash, FakeClock, assert_replays, drive, go_on, undriven
from workflow.testing.driving import direct_host
from workflow.testing.threads import running_host
from workflow.tests.ledger import ledger
from workflow.tests.threads import eventually, until_waiting

ordinary = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)
go_ahead = threading.Event()


@pytest.fixture(autouse=True)
def _nobody_goes_ahead() -> None:
    go_ahead.clear()


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def deadly(ctx: StepContext, *, times: int) -> int:
    ledger.calls.append(ctx.idempotency_key)
    if len(ledger.calls) <= times:
        raise Crash
    return ctx.attempt


def killing(times: int) -> Any:
    @workflow(name="killing", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(deadly, times=times)

    return flow


def survive(instance: str) -> None:
    """Drive; where the process dies, another one recovers."""
    while True:
        try:
            go_on(instance)
        except Crash:
            direct_host().die()
        else:
            return


def start(definition: Any) -> str:
    with undriven():
        return client.start(definition, None).instance_id


@ordinary
def test_the_turn_of_a_dead_worker_is_recovered_and_its_step_repeated_under_one_key() -> None:
    instance = start(killing(1))
    survive(instance)

    driven = go_on(instance)
    assert driven.status == "COMPLETED"
    assert len(driven.of("RECOVERY")) == 1
    assert len(set(ledger.calls)) == 1
    assert [row.status for row in StepExecution.objects.filter(instance_id=instance).order_by("attempt")] == [
        "UNKNOWN",
        "COMPLETED",
    ]
    assert_replays(instance)


@ordinary
def test_what_keeps_killing_its_worker_is_quarantined_and_staff_may_let_it_try_again() -> None:
    instance = start(killing(5))
    survive(instance)

    assert Instance.objects.get(pk=instance).waiting_for == ["INCIDENT"]
    assert Incident.objects.get(instance_id=instance).kind == "QUARANTINE"
    assert len(ledger.calls) == 5
    assert_replays(instance)

    client.resume(instance_id=instance, actor_id="ann", reason="it was the machine")
    survive(instance)
    assert go_on(instance).status == "COMPLETED"


@ordinary
def test_progress_between_deaths_is_forgiven() -> None:
    @workflow(name="progressing", timeout=None)
    def progressing(run: Run, nothing: None) -> int:
        for _ in range(8):
            run.step(crash_once)
        return 8

    instance = start(progressing)
    survive(instance)
    assert go_on(instance).result == 8


died: set[str] = set()


@step
def crash_once(ctx: StepContext) -> None:
    if ctx.idempotency_key not in died:
        died.add(ctx.idempotency_key)
        raise Crash


@ordinary
def test_a_suspicious_instance_runs_alone() -> None:
    instance = start(killing(3))
    with pytest.raises(Crash):
        go_on(instance)
    direct_host().die()
    with pytest.raises(Crash):
        go_on(instance)
    direct_host().die()

    others = claims.claim(worker_id=direct_host().id, slots=8, queues=["default"])
    assert [lease.id for lease in others] == []
    assert recovery.suspicious_due(["default"])


@ordinary
def test_a_definition_that_no_live_worker_knows_becomes_an_incident_after_ten_minutes(clock: FakeClock) -> None:
    with registry.isolated():

        @workflow(name="gone", timeout=None)
        def gone(run: Run, nothing: None) -> int:
            return run.step(note, amount=1)

        with undriven():
            instance = client.start(gone, None).instance_id
    with registry.isolated():
        killing(0)
        direct_host().die()
        clock.skip(timedelta(minutes=9))
        assert recovery.run_once().without_definition == 0
        clock.skip(timedelta(minutes=2))
        assert recovery.run_once().without_definition == 1

    assert Incident.objects.get(instance_id=instance).kind == "MISSING_DEFINITION"
    with registry.isolated(gone):
        direct_host().die()
        client.resume(instance_id=instance, actor_id="ann", reason="deployed")
        assert go_on(instance).result == 1
        assert_replays(instance)


# -- with threads -----------------------------------------------------------------------------------------------------


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
    eventually(lambda: WorkflowEvent.objects.filter(instance_id=instance, event_type="STEP_FAILED").exists())
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


@ordinary
def test_a_driven_instance_that_waits_is_always_held_due_or_waiting_for_something_named() -> None:
    @workflow(name="waiting", timeout=None)
    def waiting(run: Run, nothing: None) -> None:
        run.wait_for("go")

    drive(waiting, None)
    for row in Instance.objects.filter(finished_at=None):
        assert row.worker_id or row.wake_at or row.waiting_for or row.status == "PAUSED"
