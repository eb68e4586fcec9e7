"""Children: started in their parent's checkpoint; the checkpoint that ends them puts it into the parent's inbox."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from workflow.core.definition import Definition
from workflow.core.events import NewEvent
from workflow.core.recorded import CommandKind
from workflow.engine import journal, messages
from workflow.engine.committer import persist
from workflow.engine.connection import engine_transaction, fetch
from workflow.engine.instances import NewInstance
from workflow.engine.journal import Receipt, Settle, Written

if TYPE_CHECKING:
    from workflow.engine.turn import Turn


class ChildKeyInUse(Exception):
    """The child's business key belongs to another live instance: a bug of the parent's code."""


def start(turn: Turn, event: NewEvent, child: Definition[Any, Any], raw_input: Any, business_key: str | None) -> None:
    """CHILD_STARTED and the child, one commit. The child's id follows from parent and position: twice is once."""
    turn.ensure_born()
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
        with engine_transaction():
            receipt = journal.write([checkpoint], skip_locked=False)[0]
            if receipt.written is Written.YES and not journal.insert([made]):
                raise ChildKeyInUse(f"The business key {business_key} of child {child.name} is in use.")
        turn.accept(checkpoint, receipt)
    turn.surroundings.wake()


def end(turn: Turn, facts: Settle) -> bool:
    """The last checkpoint of an instance with family: both rows locked in id order, told in the same commit."""
    turn.ensure_born()
    with turn.lock:
        checkpoint = turn.checkpoint(turn.pending, facts, compare_inbox=True)

        def attempt() -> Receipt:
            with engine_transaction():
                _lock_in_order([turn.lease.id, *_family(turn)])
                receipt = journal.write([checkpoint], skip_locked=False)[0]
                if receipt.written is Written.YES:
                    _tell(turn, facts)
                return receipt

        written = turn.accept(checkpoint, persist(attempt))
    turn.surroundings.wake()
    return written


def _family(turn: Turn) -> list[str]:
    return [*([turn.lease.parent_id] if turn.lease.parent_id else []), *_to_cancel(turn)]


def _to_cancel(turn: Turn) -> list[str]:
    """Children that end with their parent and have not ended."""
    history = turn.history
    rows = (
        fetch(
            """SELECT e.payload ->> 'child_id' FROM workflow_event e
        WHERE e.instance_id = %(id)s::text::uuid AND e.event_type = 'CHILD_STARTED'
          AND e.payload ->> 'on_parent_end' = 'CANCEL'""",
            {"id": turn.lease.id},
        )
        if any(c.kind is CommandKind.CHILD for c in history.commands.values())
        else []
    )
    return [row[0] for row in rows if row[0] not in history.children]


def _lock_in_order(ids: list[str]) -> None:
    fetch(
        "SELECT 1 FROM workflow_instance WHERE id = ANY(%(ids)s::text[]::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        {"ids": sorted(ids, key=uuid.UUID)},
    )


def _tell(turn: Turn, facts: Settle) -> None:
    lease = turn.lease
    if lease.parent_id is not None:
        payload = {
            "child_id": lease.id,
            "status": facts.status,
            "result": facts.result,
            "failure": facts.failure,
            "at": turn.now().isoformat(),
        }
        messages.put(lease.parent_id, kind="CHILD", name=lease.workflow, payload=payload, wakes=["CHILD"])
    for child_id in _to_cancel(turn):
        reason = {"reason": f"The parent {lease.id} ended {facts.status}."}
        messages.put(child_id, kind="CONTROL", name="CANCEL", payload=reason, wakes=None)
