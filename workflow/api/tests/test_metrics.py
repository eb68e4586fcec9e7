"""Counters come from the database: they count every ending once and survive pruning; alerts name no other metric."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from workflow.api.metrics import Exposition, exposition
from workflow.engine import tallies
from workflow.engine.statements import statement
from workflow.models import Incident, Instance, StepExecution, Tally, Worker, WorkflowEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("parcels")]
ALERTS = Path(settings.BASE_DIR) / "deploy" / "alerts.yml"
LONG_AGO = timedelta(hours=1)
Series = dict[tuple[str, ...], float]


def ended(outcome: str, *, failure: str | None = None, ago: timedelta = LONG_AGO, more: tuple[str, ...] = ()) -> str:
    """An instance that ended so, with its last event and others before it."""
    at = timezone.now() - ago
    instance = Instance.objects.create(
        id=uuid.uuid4(), workflow="parcel", version=1, correlation_id="c", created_at=at, updated_at=at, finished_at=at,
        status=outcome, failure={"type": failure} if failure else None,
    )  # fmt: skip
    for number, event_type in enumerate((*more, outcome), start=1):
        WorkflowEvent.objects.create(
            instance_id=instance.pk,
            sequence_number=number,
            event_type=event_type,
            step_key=f"s#{number}",
            created_at=at,
        )
    return str(instance.pk)


def read() -> dict[str, Series]:
    """Every series as a scraper reads it."""
    exposition.forget()
    answer = Client().get("/metrics")
    assert answer["Content-Type"].startswith("text/plain")
    found: dict[str, Series] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        found[family.name] = {}
        for sample in family.samples:
            series = found.setdefault(sample.name, {})
            series[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def test_every_ending_is_counted_by_workflow_and_outcome() -> None:
    for outcome in ("COMPLETED", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"):
        ended(outcome)
    counted = read()["workflow_executions_total"]
    assert counted["COMPLETED", "parcel"] == 2
    assert [counted[outcome, "parcel"] for outcome in ("FAILED", "CANCELLED", "TIMED_OUT")] == [1, 1, 1]


def test_every_series_is_there_before_anything_happened() -> None:
    found = read()
    assert found["workflow_executions_total"]["FAILED", "parcel"] == 0
    assert found["workflow_compensations_total"] == {("COMPLETED",): 0, ("FAILED",): 0}
    assert found["workflow_recoveries_total"] == {(): 0}
    assert found["workflow_backlog"]["default",] == 0


def test_undos_failed_rollbacks_and_recoveries_are_counted() -> None:
    ended("COMPENSATED", failure="REJECTED", more=("SAGA_COMPENSATION", "SAGA_COMPENSATION", "RECOVERY"))
    ended("COMPENSATED", failure="STEP_FAILED", more=("COMPENSATION_FAILED", "SAGA_COMPENSATION"))
    found = read()
    assert found["workflow_compensations_total"] == {("COMPLETED",): 3, ("FAILED",): 1}
    assert found["workflow_recoveries_total"] == {(): 1}


def test_a_failure_is_counted_by_its_cause_whatever_was_undone() -> None:
    ended("COMPENSATED", failure="TIMED_OUT")
    ended("COMPENSATED", failure="REJECTED")
    ended("FAILED", failure="CARD_DECLINED")
    ended("CANCELLED")
    counted = read()["workflow_failures_total"]
    assert {cause: n for (cause, workflow), n in counted.items() if workflow == "parcel" and n} == {
        "TIMED_OUT": 1, "REJECTED": 1, "FAILED": 1, "CANCELLED": 1,
    }  # fmt: skip


def test_what_has_settled_is_folded_and_counted_once() -> None:
    ended("COMPLETED")
    assert tallies.fold()
    assert Tally.objects.get(measure="EXECUTION").count == 1
    ended("COMPLETED", ago=timedelta(0))
    assert not tallies.fold()
    assert read()["workflow_executions_total"]["COMPLETED", "parcel"] == 2


def test_a_later_fold_adds_to_an_earlier_one() -> None:
    ended("COMPLETED")
    tallies.fold()
    Tally.objects.update(counted_until=timezone.now() - timedelta(minutes=30))
    ended("COMPLETED", ago=timedelta(minutes=20))
    ended("FAILED", ago=timedelta(minutes=20))
    assert tallies.fold()
    assert {tally.outcome: tally.count for tally in Tally.objects.filter(measure="EXECUTION")} == {
        "COMPLETED": 2,
        "FAILED": 1,
    }
    assert len(set(Tally.objects.values_list("counted_until"))) == 1


def test_pruning_takes_nothing_from_a_counter() -> None:
    gone = ended("COMPLETED")
    ended("COMPLETED")
    before = read()["workflow_executions_total"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL workflow.prune = 'on'")
        cursor.execute("DELETE FROM workflow_event WHERE instance_id = %s", [gone])
        cursor.execute("DELETE FROM workflow_instance WHERE id = %s", [gone])
        cursor.execute("SET LOCAL workflow.prune = 'off'")
    assert read()["workflow_executions_total"] == before


def test_the_counters_read_an_index_however_long_the_histories_are() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement('tallies_since')}", {"since": timezone.now(), "until": None})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "workflow_event_operators" in plan


def test_what_is_due_is_counted_by_queue_with_the_age_of_the_oldest() -> None:
    now = timezone.now()
    for seconds in (30, 90, -60):
        Instance.objects.create(
            id=uuid.uuid4(), workflow="parcel", version=1, correlation_id="c", created_at=now, updated_at=now,
            wake_at=now - timedelta(seconds=seconds),
        )  # fmt: skip
    found = read()
    assert found["workflow_backlog"]["default",] == 2
    assert 89 < found["workflow_backlog_oldest_seconds"]["default",] < 120


def test_workers_steps_and_incidents_are_shown_as_they_stand() -> None:
    now = timezone.now()
    worker = Worker.objects.create(
        id=uuid.uuid4(), kind="worker", host="h", pid=1, slots=4, busy=3, fenced_writes=5, started_at=now,
        heartbeat_at=now - timedelta(seconds=7),
    )  # fmt: skip
    instance_id = ended("COMPLETED")
    for attempt, seconds in enumerate((1, 2, 3), start=1):
        StepExecution.objects.create(
            instance_id=instance_id, step_key="pack#1", position=1, attempt=attempt, started_at=now,
            finished_at=now + timedelta(seconds=seconds),
        )  # fmt: skip
    Incident.objects.create(kind="AUDIT", message="m", subject="s", opened_at=now)
    found = read()
    of = ("h", "worker", str(worker.pk))
    assert found["workflow_fenced_writes_total"][of] == 5
    assert 6 < found["workflow_worker_heartbeat_age_seconds"][of] < 30
    assert found["workflow_worker_busy"][of] == 3
    assert found["workflow_step_duration_seconds"]["0.5", "pack", "parcel"] == 2
    assert found["workflow_step_duration_attempts"]["pack", "parcel"] == 3
    assert found["workflow_incidents_open"] == {("AUDIT", "OPEN"): 1}


def test_one_answer_serves_whoever_asks_within_seconds(django_assert_num_queries: Any) -> None:
    kept = Exposition(seconds=60)
    first = kept.text()
    with django_assert_num_queries(0):
        assert kept.text() is first


def test_alerts_are_rules_that_name_only_metrics_we_have() -> None:
    exposition.forget()
    families = list(text_string_to_metric_families(Client().get("/metrics").content.decode()))
    known = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    for rule in group["rules"]:
        assert (
            {"alert", "expr", "labels", "annotations"} <= set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        )
        used = set(re.findall(r"\bworkflow_\w+", rule["expr"]))
        assert used
        assert used <= known, rule["alert"]


@pytest.mark.parametrize(
    ("alert", "limit"),
    [
        ("WorkflowFailing", "> 0.05"),
        ("WorkflowTimingOut", "> 0.02"),
        ("WorkflowCompensationFailed", "> 0"),
        ("WorkflowRecoveries", "> 10"),
    ],
)
def test_the_alerts_that_were_agreed_are_there(alert: str, limit: str) -> None:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    expression = {rule["alert"]: rule["expr"] for rule in group["rules"]}[alert]
    assert expression.rstrip().endswith(limit)
