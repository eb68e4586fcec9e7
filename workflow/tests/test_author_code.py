"""What an author's code may do wrong: swallow the end of its turn, refuse where nobody asked, hit its own time-out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from workflow import ActionRefused, Machine, RetryPolicy, Run, StepContext, Transition, step, workflow
from workflow.models import Incident
from workflow.testing import Send, drive

pytestmark = pytest.mark.django_db


def test_a_wait_that_was_swallowed_is_still_waited_for() -> None:
    @workflow(name="swallowing", timeout=None)
    def swallowing(run: Run, nothing: None) -> str:
        with suppress(BaseException):  # what authors should not write
            run.wait_for("go")
        return "done"

    waiting = drive(swallowing, None)
    assert (waiting.status, waiting.waiting_for) == ("ACTIVE", ["go"])
    assert drive(swallowing, None, Send("go")).result == "done"


def test_a_refusal_that_nobody_asked_for_is_an_incident_and_no_loop() -> None:
    asked: list[int] = []

    def refuse(run: Run, data: dict[str, Any]) -> None:
        asked.append(1)
        assert len(asked) < 10, "it loops"
        raise ActionRefused("no")

    class Refusing(Machine):
        name, version, initial = "refusing", 1, "A"
        transitions = [Transition("A", auto=True, to="B", do=refuse)]

    driven = drive(Refusing, None)

    assert (len(asked), driven.state, driven.waiting_for) == (1, "A", ["INCIDENT"])
    assert Incident.objects.get().kind == "WORKFLOW_BUG"


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_timed_out_in_an_atomic_step_is_a_failed_attempt(host: Any) -> None:
    from workflow import client

    calls: list[int] = []

    @step(atomic=True, retry=RetryPolicy(maximum_attempts=1))
    def too_slow(ctx: StepContext) -> None:
        calls.append(ctx.attempt)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20")
            cursor.execute("SELECT pg_sleep(5)")

    @workflow(name="too-slow", timeout=None)
    def slow(run: Run, nothing: None) -> None:
        run.step(too_slow)

    with pytest.raises(client.WorkflowEndedError):
        client.result(client.start(slow, None).instance_id, timeout=10)
    assert calls == [1]
