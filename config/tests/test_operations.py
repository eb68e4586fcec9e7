"""The page for operators is true: its SQL runs as written and finds what it says, its metrics and alerts exist."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from workflow.adapters.queues.django_q import jobs
from workflow.adapters.queues.django_q.schedules import wanted
from workflow.models import WorkflowEvent

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
STATEMENTS = [
    statement.strip()
    for block in re.findall(r"^```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for statement in block.split(";")
    if statement.strip()
]
RECOVERIES = next(statement for statement in STATEMENTS if "HAVING" in statement)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_runs_as_written(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_more_than_ten_recoveries_within_the_hour_are_one_row_read_from_an_index() -> None:
    def recovered(number: int, minutes_ago: int) -> None:
        at = timezone.now() - timedelta(minutes=minutes_ago)
        WorkflowEvent.objects.create(
            instance_id=uuid.uuid4(), sequence_number=number, event_type="RECOVERY", created_at=at
        )

    for number in range(1, 11):
        recovered(number, 10)
    recovered(11, 90)
    with connection.cursor() as cursor:
        cursor.execute(RECOVERIES)
        assert cursor.fetchall() == []
        recovered(12, 5)
        cursor.execute(RECOVERIES)
        assert cursor.fetchall() == [(11,)]
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {RECOVERIES}")
        assert "workflow_event_operators" in str(cursor.fetchall())


@pytest.mark.django_db
def test_every_metric_that_is_named_is_there() -> None:
    jobs.sing()
    named = set(re.findall(r"`(workflow_[a-z_]+)[`{]", PAGE)) - {"workflow_replay", "workflow_worker"}
    exposed = Client().get("/metrics").content.decode()
    assert named
    assert {name for name in named if f"# TYPE {name} " not in exposed} == set()


def test_every_alert_is_named_and_every_named_alert_exists() -> None:
    rules = set(re.findall(r"- alert: (\w+)", (ROOT / "deploy" / "alerts.yml").read_text()))
    assert set(re.findall(r"`(Workflow\w+)`", PAGE)) == rules


def test_the_schedules_are_those_that_are_installed() -> None:
    named = set(re.findall(r"^\| `(workflow\.[a-z.]+)`(?:, `(workflow\.[a-z.]+)`)?", PAGE, re.MULTILINE))
    assert {name for pair in named for name in pair if name} == {f"workflow.{each.name}" for each in wanted()}
