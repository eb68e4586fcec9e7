"""The platform asks three questions: does it live, can it work, what does it count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from workflow.api.metrics import exposition
from workflow.api.readiness import CONDITIONS, Migrated
from workflow.models import Worker

pytestmark = pytest.mark.django_db
START = "2026-01-01T00:00:00Z"


@pytest.fixture
def alive() -> Worker:
    """Its sign of life stays fresh through a slow test."""
    now = timezone.now()
    return Worker.objects.create(
        id="0198c0de-0000-7000-8000-000000000001",
        kind="worker",
        host="h",
        pid=1,
        slots=4,
        started_at=now,
        heartbeat_at=now + timedelta(seconds=30),
    )


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]


def refuse() -> None:
    raise OperationalError("connection refused")


def test_a_process_that_answers_lives() -> None:
    answer = Client().get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


@pytest.mark.usefixtures("alive")
def test_a_system_with_a_live_worker_is_ready() -> None:
    status, checks = ready()
    assert status == 200
    assert all(check["ok"] for check in checks.values())


def test_a_system_without_a_worker_is_not_ready_and_says_so() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == {"ok": False, "reason": "No worker gave a sign of life."}
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    "change", [{"heartbeat_at": START}, {"draining": True}, {"kind": "web"}, {"stopped_at": START}]
)
def test_a_worker_that_is_silent_draining_gone_or_a_web_process_does_not_count(
    alive: Worker, change: dict[str, Any]
) -> None:
    Worker.objects.filter(pk=alive.pk).update(**change)
    status, checks = ready()
    assert (status, checks["worker"]["ok"]) == (503, False)


@pytest.mark.usefixtures("alive")
def test_a_missing_migration_is_named_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONDITIONS, "migrations", Migrated())
    (latest,) = MigrationLoader(connection).graph.leaf_nodes("workflow")
    MigrationRecorder(connection).record_unapplied(*latest)
    status, checks = ready()
    assert (status, checks["migrations"]["reason"]) == (503, "1 are not applied.")


def test_a_database_that_is_away_is_said_and_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ensure_connection", refuse)
    status, checks = ready()
    assert (status, list(checks), checks["database"]["ok"]) == (503, ["database"], False)


def test_metrics_of_a_database_that_is_away_can_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "text", refuse)
    answer = Client().get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_probes_are_asked_not_told(path: str) -> None:
    assert Client().post(path).status_code == 405
