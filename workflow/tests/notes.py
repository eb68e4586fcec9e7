"""A workflow of three notes in the ledger, an instance that waits, and checkpoints as somebody might write them."""

from __future__ import annotations

from typing import Any

from workflow import Run, StepContext, client, step, workflow
from workflow.core.events import EventType, NewEvent
from workflow.engine.host import Host
from workflow.engine.journal import Checkpoint
from workflow.models import Instance, WorkflowEvent
from workflow.tests.ledger import ledger
from workflow.tests.threads import until_waiting


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def three_notes() -> Any:
    @workflow(name="notes", timeout=None)
    def notes(run: Run, amount: int) -> int:
        return sum(run.step(note, amount=amount) for _ in range(3))

    return notes


def numbers(instance_id: str) -> list[int]:
    return list(
        WorkflowEvent.objects.filter(instance_id=instance_id)
        .order_by("sequence_number")
        .values_list("sequence_number", flat=True)
    )


def assert_gap_free(instance_id: str) -> None:
    found = numbers(instance_id)
    assert found == list(range(1, len(found) + 1))


def checkpoint_of(host: Host, instance_id: str, *events: NewEvent) -> Checkpoint:
    row = Instance.objects.get(pk=instance_id)
    worker = str(row.worker_id) if row.worker_id else None
    return Checkpoint(instance_id, row.token, row.sequence_number, worker, row.updated_at, events=list(events))


def noted(text: str) -> NewEvent:
    return NewEvent(EventType.STAFF_ACTION, {"verb": "NOTE", "reason": text})


def waiting(count: int) -> list[str]:
    @workflow(name="waiting", timeout=None)
    def idle(run: Run, nothing: None) -> None:
        run.wait_for("go")

    instances = [client.start(idle, None).instance_id for _ in range(count)]
    for instance in instances:
        until_waiting(instance, "go")
    return instances
