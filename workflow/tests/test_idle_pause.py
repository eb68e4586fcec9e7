"""How long an idle worker pauses: until the next wake-up, and not at all hastily for what it must leave to others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from workflow import Run, client, workflow
from workflow.core.registry import registry
from workflow.engine import claims
from workflow.testing import FakeClock, undriven

pytestmark = pytest.mark.django_db


def start(**asked: object) -> str:
    @workflow(name="idle")
    def idle(run: Run, number: int) -> int:
        return number

    with undriven():
        return client.start(idle, 1, **asked).instance_id  # type: ignore[arg-type]


def test_it_ends_with_the_next_wake_up(clock: FakeClock) -> None:
    start(start_at=clock.now() + timedelta(seconds=30))
    assert claims.next_due_seconds(["default"]) == pytest.approx(30, abs=0.01)


def test_what_became_due_just_now_is_looked_for_at_once(clock: FakeClock) -> None:
    start()
    clock.skip(timedelta(milliseconds=50))
    due_in = claims.next_due_seconds(["default"])
    assert due_in is not None
    assert due_in < 0


def test_what_a_claim_left_to_others_is_no_reason_to_hurry(clock: FakeClock) -> None:
    """Its definition is unknown here, or somebody holds its row: it stays due, and is looked for at the usual pace."""
    start()
    clock.skip(timedelta(seconds=5))
    with registry.isolated():
        assert claims.claim(worker_id="00000000-0000-0000-0000-000000000000", slots=1, queues=["default"]) == []
    assert claims.next_due_seconds(["default"]) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflow_instance WHERE wake_at <= workflow_now()")
        assert cursor.fetchone()[0] == 1
