"""`workflow_status` tells how all stands, and fails without workers; `workflow_recover` takes over from the dead."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from workflow import client
from workflow.management.tests.processes import (
    ALIASES,
    all_completed,
    eventually,
    manage,
    running,
)
from workflow.management.tests.sample import workflows as sample
from workflow.models import Instance, Worker, WorkflowEvent

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=ALIASES),
    pytest.mark.usefixtures("sample_workflows"),
]


def said(command: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, "--json", stdout=out)
    found: dict[str, Any] = orjson.loads(out.getvalue())
    return found


def test_without_a_worker_the_status_is_an_error_that_still_tells_everything() -> None:
    client.start(sample.count, 1)
    out = StringIO()
    with pytest.raises(CommandError, match="No worker gave a sign of life"):
        call_command("workflow_status", stdout=out)
    assert "sample-count v1: 1 ACTIVE" in out.getvalue()
    assert "queue default: 1 due" in out.getvalue()


def test_a_killed_worker_is_silent_and_its_turns_are_recovered_by_the_command(tmp_path: Path) -> None:
    instance_id = client.start(sample.long, 50).instance_id
    with running(tmp_path / "log", "workflow_worker") as worker:
        eventually(lambda: Instance.objects.filter(pk=instance_id, worker_id__isnull=False).exists())
        assert [each["alive"] for each in said("workflow_status")["workers"]] == [True]
        assert manage("workflow_status").returncode == 0
        worker.popen.kill()
        worker.popen.wait()
    eventually(lambda: said("workflow_recover")["recovered"] == 1)
    assert Instance.objects.get(pk=instance_id).worker_id is None
    assert WorkflowEvent.objects.filter(instance_id=instance_id, event_type="RECOVERY").count() == 1
    assert Worker.objects.get().stopped_at is not None
    assert said("workflow_recover") == {"recovered": 0, "quarantined": 0, "without_definition": 0}
    with running(tmp_path / "next", "workflow_worker"):
        eventually(lambda: all_completed([instance_id]))
