"""A stale checkpoint that meets the rightful one of its instance in a flush writes nothing, and is told so."""

from __future__ import annotations

import uuid

import pytest

from workflow import Run, client, workflow
from workflow.core.events import EventType, NewEvent
from workflow.engine import claims, journal, workers
from workflow.engine.clock import clock
from workflow.engine.journal import Checkpoint, InboxMark, Settle, Written
from workflow.engine.lease import Lease
from workflow.models import InboxMessage, Instance, WorkflowEvent

pytestmark = pytest.mark.django_db(transaction=True)


def claimed(worker: str) -> Lease:
    [lease] = claims.claim(worker_id=worker, slots=1, queues=["default"])
    return lease


def test_of_two_leases_of_one_instance_in_one_flush_only_the_living_one_writes() -> None:
    @workflow(name="idle", timeout=None)
    def idle(run: Run, nothing: None) -> None:
        run.wait_for("go")

    instance = client.start(idle, None).instance_id
    worker = str(uuid.uuid4())
    workers.register(worker, kind="test", queues=["default"], slots=1)
    stale = claimed(worker)
    client.signal(instance_id=instance, name="go")
    claims.give_back(worker, instance, stale.token)
    living = claimed(worker)
    late = Checkpoint(instance, stale.token, 1, worker, clock.now(), inbox=[InboxMark(1)])
    late.events = [NewEvent(EventType.SIDE_EFFECT, {"position": 1, "value": 1}, "late#1")]
    parks = Checkpoint(instance, living.token, 1, worker, clock.now(), settle=Settle("ACTIVE", waiting_for=["go"]))

    receipts = journal.write([late, parks], skip_locked=True)

    assert [receipt.written for receipt in receipts] == [Written.FENCED, Written.YES]
    assert Instance.objects.get(pk=instance).sequence_number == WorkflowEvent.objects.count() == 1
    assert InboxMessage.objects.get().taken_at is None
