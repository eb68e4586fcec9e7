"""`workflow_worker`: finishes all work alone, drains without a trace, and ends non-zero when it cannot work."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from workflow import client
from workflow.management.tests.processes import ALIASES, all_completed, eventually, manage, running, start_one_of_each
from workflow.management.tests.sample import workflows as sample
from workflow.models import Instance, StepExecution, Worker, WorkflowEvent

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=ALIASES),
    pytest.mark.usefixtures("sample_workflows"),
]


def test_a_worker_alone_finishes_steps_timers_and_retries(tmp_path: Path) -> None:
    early = start_one_of_each()
    with running(tmp_path / "log", "workflow_worker") as worker:
        worker.await_word("is ready")
        late = start_one_of_each()
        eventually(lambda: all_completed(early + late))
        assert worker.end() == 0
    assert "is ready: 6 definitions, 32 slots, queues default." in worker.said()
    assert "has drained" in worker.said()
    assert Worker.objects.get().stopped_at is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drained_turn_stops_between_steps_and_is_no_recovery(tmp_path: Path, number: int) -> None:
    instance_id = client.start(sample.long, 60).instance_id
    with running(tmp_path / "first", "workflow_worker") as worker:
        eventually(lambda: StepExecution.objects.filter(instance_id=instance_id, status="COMPLETED").count() > 2)
        assert worker.end(number) == 0
    row = Instance.objects.get(pk=instance_id)
    assert (row.status, row.worker_id, row.recovery_count) == ("ACTIVE", None, 0)
    assert row.wake_at is not None
    assert not StepExecution.objects.filter(instance_id=instance_id, status="RUNNING").exists()
    with running(tmp_path / "second", "workflow_worker"):
        eventually(lambda: all_completed([instance_id]))
    assert not WorkflowEvent.objects.filter(instance_id=instance_id, event_type="RECOVERY").exists()


def test_a_worker_serves_only_the_queues_it_is_told(tmp_path: Path) -> None:
    elsewhere = client.start(sample.count, 1).instance_id
    here = client.start(sample.count, 1, queue="fast").instance_id
    with running(tmp_path / "log", "workflow_worker", "--queue", "fast", "--slots", "2") as worker:
        eventually(lambda: all_completed([here]))
        assert worker.end() == 0
    assert Instance.objects.get(pk=elsewhere).status == "ACTIVE"


def test_a_worker_with_half_of_its_threads_stuck_ends_so_that_another_is_started(tmp_path: Path) -> None:
    client.start(sample.stuck, str(tmp_path / "never"))
    with running(tmp_path / "log", "workflow_worker", "--slots", "2", "--drain-seconds", "1") as worker:
        eventually(lambda: worker.popen.poll() is not None)
    assert worker.popen.returncode == 1
    assert "1 of 2 threads are stuck" in worker.said()


def test_without_a_database_it_says_so_and_ends() -> None:
    ended = manage("workflow_worker", "--database-seconds", "0.2", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert ended.returncode == 1
    assert "The database did not answer for 0.2 s" in ended.stderr


def test_without_workflows_it_says_so_and_ends() -> None:
    ended = manage("workflow_worker", DJANGO_SETTINGS_MODULE="workflow.management.tests.settings_without_workflows")
    assert ended.returncode == 1
    assert "No workflow is registered" in ended.stderr
