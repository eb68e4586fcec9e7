"""The django-q2 cluster alone finishes all work, ends without a trace, and leaves no orphan that goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from django_q.models import Failure, OrmQ

from workflow import client
from workflow.engine import canary
from workflow.management.tests.processes import (
    ALIASES,
    all_completed,
    eventually,
    running,
    start_one_of_each,
)
from workflow.management.tests.sample import workflows as sample
from workflow.models import Instance, StepExecution, Worker, WorkflowEvent

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=ALIASES),
    pytest.mark.usefixtures("sample_workflows"),
]


def test_the_cluster_alone_finishes_everything_by_its_start_and_by_its_schedules(tmp_path: Path) -> None:
    early = start_one_of_each()
    with running(tmp_path / "log", "qcluster") as cluster:
        eventually(lambda: all_completed(early))
        OrmQ.objects.all().delete()  # whatever the start began: from now on only the schedules
        eventually(lambda: Worker.objects.filter(kind=canary.KIND).exists(), patience=90)
        late = start_one_of_each()
        eventually(lambda: all_completed(late), patience=90)
        assert cluster.end() == 0
    assert not Failure.objects.exists()
    assert {worker.kind for worker in Worker.objects.all()} == {"django-q2", canary.KIND}
    assert not Worker.objects.filter(stopped_at=None).exists()


def test_a_cluster_that_is_told_to_end_gives_its_turns_back(tmp_path: Path) -> None:
    instance_id = client.start(sample.long, 400).instance_id
    with running(tmp_path / "log", "qcluster") as cluster:
        eventually(lambda: StepExecution.objects.filter(instance_id=instance_id, status="COMPLETED").count() > 2)
        assert cluster.end() == 0
    row = Instance.objects.get(pk=instance_id)
    assert (row.status, row.worker_id, row.recovery_count) == ("ACTIVE", None, 0)
    assert row.wake_at is not None
    assert not WorkflowEvent.objects.filter(instance_id=instance_id, event_type="RECOVERY").exists()


def test_workers_of_a_killed_sentinel_end_instead_of_going_on(tmp_path: Path) -> None:
    client.start(sample.long, 400)
    with running(tmp_path / "log", "qcluster") as cluster:
        eventually(Worker.objects.exists)
        sentinel = psutil.Process(cluster.popen.pid).children()[0]
        workers = {worker.pid for worker in Worker.objects.all()} & {each.pid for each in sentinel.children()}
        assert workers
        os.kill(sentinel.pid, signal.SIGKILL)
        eventually(lambda: not any(psutil.pid_exists(pid) for pid in workers))
    assert not Instance.objects.filter(worker_id__isnull=False).exists()
