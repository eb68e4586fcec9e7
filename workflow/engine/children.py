"""Children: started in their parent's checkpoint; the checkpoint that ends them puts it into the parent's inbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from workflow.core.definition import Definition
from workflow.core.errors import Suspended
from workflow.core.events import NewEvent
from workflow.core.outcome import Blocked
from workflow.engine import journal, messages
from workflow.engine.committer import persist, see_through
from workflow.engine.connection import engine_transaction, fetch
from workflow.engine.instances import NewInstance
from workflow.engine.journal import Checkpoint, Receipt, Settle, Written

if TYPE_CHECKING:
    from workflow.engine.turn import Turn


class ChildKeyInUse(Exception):
    """The child's business key belongs to another live instance."""


def start(turn: Turn, event: NewEvent, child: Definition[Any, Any], raw_input: Any, business_key: str | None) -> None:
    """CHILD_STARTED and the child, one commit. The child's id follows from parent and position: twice is once.

    What is known already is written first, so that it stands where the child cannot be started.
    """
    turn.ensure_born()
    turn.flush()
    turn.record(event)
    parent = turn.lease
    made = NewInstance(
        id=event.payload["child_id"],
        workflow=child.name,
        version=child.version,
        changes=dict(child.changes),
        business_key=business_key,
        correlation_id=parent.correlation_id,
        queue=child.queue,
        priority=child.priority,
        input=raw_input,
        at=turn.now(),
        wake_at=turn.now(),
        parent_id=parent.id,
        actor="SYSTEM",
        actor_id=f"parent:{parent.id}",
    )
    with turn.lock:
        checkpoint = turn.checkpoint(turn.pending, turn.settle)
        try:
            receipt = _see_through(checkpoint, lambda: _born(checkpoint, made))
        except ChildKeyInUse:
            turn.forget_unwritten()
            raise Suspended(Blocked(_key_in_use(child.name, business_key))) from None
        turn.accept(checkpoint, receipt)
    turn.surroundings.wake()


def _born(checkpoint: Checkpoint, child: NewInstance) -> Receipt:
    with engine_transaction():
        receipt = journal.write([checkpoint], skip_locked=False)[0]
        if receipt.written is Written.YES and not journal.insert([child]):
            raise ChildKeyInUse
        return receipt


def _key_in_use(child: str, business_key: str | None) -> dict[str, Any]:
    message = f"The business key {business_key} of child {child} belongs to another live instance."
    return {"kind": "WORKFLOW_BUG", "message": message, "signature": f"child-key-in-use:{child}"}


def _see_through(checkpoint: Checkpoint, write: Callable[[], Receipt]) -> Receipt:
    """Lock time-outs and deadlocks are tried again; after a lost connection, what landed is told from what did not."""

    def attempt(number: int) -> Receipt:
        if number and journal.landed(checkpoint):
            return Receipt(Written.YES, checkpoint.inbox_number or 0)
        return write()

    return persist(lambda: see_through(attempt))


def end(turn: Turn, facts: Settle) -> bool:
    """The last checkpoint of an instance with family: both rows locked in id order, told in the same commit."""
    turn.ensure_born()
    with turn.lock:
        checkpoint = turn.checkpoint(turn.pending, facts, compare_inbox=True)

        def write() -> Receipt:
            with engine_transaction():
                parent_id, to_cancel = turn.lease.parent_id, _to_cancel(turn.lease.id)
                _lock_in_order([turn.lease.id, *([parent_id] if parent_id else []), *to_cancel])
                receipt = journal.write([checkpoint], skip_locked=False)[0]
                if receipt.written is Written.YES:
                    _tell(turn.lease.id, turn.lease.workflow, parent_id, to_cancel, facts)
                return receipt

        written = turn.accept(checkpoint, _see_through(checkpoint, write))
    turn.surroundings.wake()
    return written


def end_by_staff(instance_id: str, workflow: str, facts: Settle) -> None:
    """The family of an instance that staff ended is told in the same transaction."""
    rows = fetch(
        "SELECT parent_id::text FROM workflow_instance WHERE id = %(id)s::text::uuid",
        {"id": instance_id},
        using=DEFAULT_DB_ALIAS,
    )
    to_cancel = _to_cancel(instance_id, using=DEFAULT_DB_ALIAS)
    _tell(instance_id, workflow, rows[0][0], to_cancel, facts, using=DEFAULT_DB_ALIAS)


def _to_cancel(instance_id: str, *, using: str | None = None) -> list[str]:
    """Children that end with their parent and have not ended."""
    rows = fetch(
        """SELECT i.id::text FROM workflow_instance i JOIN workflow_event e ON e.instance_id = i.parent_id
            AND e.event_type = 'CHILD_STARTED' AND e.payload ->> 'child_id' = i.id::text
        WHERE i.parent_id = %(id)s::text::uuid AND i.finished_at IS NULL
            AND e.payload ->> 'on_parent_end' = 'CANCEL'""",
        {"id": instance_id},
        using=using,
    )
    return [row[0] for row in rows]


def _lock_in_order(ids: list[str]) -> None:
    fetch(
        "SELECT 1 FROM workflow_instance WHERE id = ANY(%(ids)s::text[]::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        {"ids": sorted(ids, key=uuid.UUID)},
    )


def _tell(
    instance_id: str,
    workflow: str,
    parent_id: str | None,
    to_cancel: list[str],
    facts: Settle,
    *,
    using: str | None = None,
) -> None:
    if parent_id is not None:
        payload = {
            "child_id": instance_id,
            "status": facts.status,
            "result": facts.result,
            "failure": facts.failure,
            "at": facts.finished_at and facts.finished_at.isoformat(),
        }
        messages.put(parent_id, kind="CHILD", name=workflow, payload=payload, wakes=["CHILD"], using=using)
    reason = {"reason": f"The parent {instance_id} ended {facts.status}."}
    for child_id in to_cancel:
        messages.put(child_id, kind="CONTROL", name="CANCEL", payload=reason, wakes=None, using=using)
