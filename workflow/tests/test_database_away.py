"""A database that goes away inside an author's code: no attempt is lost and no incident opened."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from workflow import Reconciliation, Refused, RetryPolicy, Run, StepContext, client, step, workflow
from workflow.engine.host import Host
from workflow.models import Incident, StepExecution
from workflow.testing import assert_replays
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db(transaction=True)
ONCE = RetryPolicy(maximum_attempts=1)


def ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def lose_the_database() -> None:
    """As its restart would look from here."""
    ask("SELECT pg_terminate_backend(pg_backend_pid())")


@step(retry=ONCE)
def interrupted(ctx: StepContext, *, amount: int) -> int:
    """The first call meets the end of its connection, after it has acted."""
    done = ledger.do(ctx.idempotency_key, amount)
    if len(ledger.calls) == 1:
        lose_the_database()
    ask("SELECT 1")
    return done


def was_done(ctx: StepContext, *, amount: int) -> Reconciliation:
    return ledger.look_up(ctx.idempotency_key)


@step(retry=ONCE, reconcile=was_done)
def looked_up(ctx: StepContext, *, amount: int) -> int:
    done = ledger.do(ctx.idempotency_key, amount)
    lose_the_database()
    return done


@step(retry=ONCE, at_most_once=True)
def only_once(ctx: StepContext, *, amount: int) -> int:
    ledger.do(ctx.idempotency_key, amount)
    lose_the_database()
    return amount


@step(retry=ONCE)
def another_database(ctx: StepContext, *, amount: int) -> int:
    """One of the author's own, which says the same."""
    ledger.do(ctx.idempotency_key, amount)
    raise OperationalError("the connection is closed")


def run_once(code: object) -> client.Started:
    @workflow(name="away", timeout=None)
    def away(run: Run, amount: int) -> int:
        return run.step(code, amount=amount)  # type: ignore[arg-type]

    return client.start(away, 3)


def test_an_external_step_loses_no_attempt_and_is_repeated_under_its_key(host: Host) -> None:
    started = run_once(interrupted)
    assert client.result(started.instance_id, timeout=15) == 3
    assert len(ledger.calls) == 2
    assert len(ledger.effects) == 1
    assert not Incident.objects.exists()
    assert_replays(started.instance_id)


def test_a_step_that_can_look_up_is_not_repeated(host: Host) -> None:
    started = run_once(looked_up)
    assert client.result(started.instance_id, timeout=15) == 3
    assert len(ledger.calls) == 1
    assert StepExecution.objects.get(instance_id=started.instance_id).status == "COMPLETED"


@pytest.mark.parametrize("code", [only_once, another_database])
def test_what_must_not_be_repeated_and_what_is_not_ours_stays_a_failure(host: Host, code: object) -> None:
    started = run_once(code)
    with pytest.raises(client.WorkflowEndedError):
        client.result(started.instance_id, timeout=15)
    assert len(ledger.calls) == 1


def test_a_refusal_is_a_refusal_whatever_the_database_does(host: Host) -> None:
    @step(retry=ONCE, name="refused")
    def refused(ctx: StepContext, *, amount: int) -> int:
        raise Refused("The provider says no.")

    started = run_once(refused)
    with pytest.raises(client.WorkflowEndedError):
        client.result(started.instance_id, timeout=15)
