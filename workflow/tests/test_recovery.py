"""The work of the dead is made due again; what keeps killing its worker is quarantined; nothing waits silently."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from workflow import Run, StepContext, client, step, workflow
from workflow.core.registry import registry
from workflow.engine import claims, recovery
from workflow.models import Incident, Instance, StepExecution
from workflow.testing import Crash, FakeClock, assert_replays, drive, go_on, undriven
from workflow.testing.driving import direct_host
from workflow.tests.dying import note
from workflow.tests.ledger import ledger

ordinary = pytest.mark.django_db

with_threads = pytest.mark.django_db(transaction=True)

go_ahead = threading.Event()


@pytest.fixture(autouse=True)
def _nobody_goes_ahead() -> None:
    go_ahead.clear()


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


@ordinary
def test_a_driven_instance_that_waits_is_always_held_due_or_waiting_for_something_named() -> None:
    @workflow(name="waiting", timeout=None)
    def waiting(run: Run, nothing: None) -> None:
        run.wait_for("go")

    drive(waiting, None)
    for row in Instance.objects.filter(finished_at=None):
        assert row.worker_id or row.wake_at or row.waiting_for or row.status == "PAUSED"
