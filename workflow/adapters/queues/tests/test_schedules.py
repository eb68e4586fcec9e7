"""Schedules install themselves, once, as the settings say; a queue that hangs is noticed; nobody edits them by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from workflow.adapters.queues.django_q import jobs
from workflow.adapters.queues.django_q.schedules import install
from workflow.api.metrics import exposition
from workflow.api.readiness import check_all
from workflow.engine import canary
from workflow.models import Worker

pytestmark = pytest.mark.django_db


def rows() -> dict[str | None, tuple[str, int | None]]:
    return {s.name: (s.func.rsplit(".", 1)[1], s.minutes) for s in Schedule.objects.order_by("id")}


DEFAULTS = {
    "workflow.retry": ("run_due", 1),
    "workflow.retry.half": ("run_due", 1),
    "workflow.timeout": ("run_due", 1),
    "workflow.recovery": ("recover", 5),
    "workflow.cleanup": ("prune", 60),
    "workflow.canary": ("sing", 1),
}


def test_migrating_installs_the_schedules_and_repeating_it_changes_nothing() -> None:
    Schedule.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert rows() == DEFAULTS
    before = list(Schedule.objects.values())
    install()
    assert list(Schedule.objects.values()) == before


def test_the_two_halves_of_a_half_minute_are_thirty_seconds_apart() -> None:
    Schedule.objects.all().delete()
    install()
    first, second = (Schedule.objects.get(name=name).next_run for name in ("workflow.retry", "workflow.retry.half"))
    assert timedelta(seconds=29) < second - first < timedelta(seconds=31)


def test_settings_that_changed_correct_the_rows_and_duplicates_go(settings: Any) -> None:
    install()
    stray = Schedule.objects.get(name="workflow.canary")
    stray.pk = None
    stray.save()
    settings.WORKFLOW_RETRY_INTERVAL_SECONDS = 120
    settings.WORKFLOW_OUTBOX_CLEANUP_INTERVAL_SECONDS = 7200
    install()
    assert "workflow.retry.half" not in rows()
    assert (rows()["workflow.retry"], rows()["workflow.cleanup"]) == (("run_due", 2), ("prune", 120))
    assert Schedule.objects.filter(name="workflow.canary").count() == 1


def worker_check() -> tuple[bool, str]:
    (found,) = (check for check in check_all() if check.name == "worker")
    return found.ok, found.reason


def test_a_cluster_that_hangs_while_its_processes_live_is_no_worker() -> None:
    now = timezone.now()
    alive = {"host": "h", "pid": 1, "slots": 4, "started_at": now, "heartbeat_at": now + timedelta(minutes=1)}
    cluster = Worker.objects.create(id="019a0000-0000-7000-8000-000000000001", kind="django-q2", **alive)
    jobs.sing()
    assert worker_check() == (True, "1 alive.")
    Worker.objects.filter(kind=canary.KIND).update(heartbeat_at=now - timedelta(minutes=4))
    ready, reason = worker_check()
    assert not ready
    assert "The queue has executed nothing for 24" in reason
    exposition.forget()
    assert 'workflow_queue_canary_age_seconds{queue="steadfast"} 24' in Client().get("/metrics").content.decode()
    Worker.objects.filter(pk=cluster.pk).update(kind="worker")
    assert worker_check()[0]
    jobs.sing()
    assert worker_check() == (True, "1 alive.")


def test_the_canary_is_one_row_that_takes_no_turns() -> None:
    jobs.sing()
    jobs.sing()
    row = Worker.objects.get()
    assert (row.kind, row.slots, row.host) == (canary.KIND, 0, "steadfast")
    assert row.stopped_at == row.heartbeat_at


def test_maintenance_jobs_answer_with_their_report() -> None:
    assert jobs.recover() == {"recovered": 0, "quarantined": 0, "without_definition": 0}
    assert jobs.prune()["instances"] == 0


@pytest.mark.parametrize("superuser", [True, False])
def test_nobody_makes_or_changes_schedules_in_the_admin(client: Client, superuser: bool) -> None:
    install()
    client.force_login(User.objects.create_user("ada", is_staff=True, is_superuser=superuser))
    schedule = Schedule.objects.first()
    assert schedule is not None
    page = f"/admin/django_q/schedule/{schedule.pk}/change/"
    assert client.get("/admin/django_q/schedule/add/").status_code == 403
    assert client.post(page, {"func": "os.abort"}).status_code == 403
    assert client.get(page).status_code == (200 if superuser else 403)
    schedule.refresh_from_db()
    assert schedule.func.startswith(jobs.PATH)
