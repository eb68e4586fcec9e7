"""A lease: the right to take turns of one instance, with the row and the history it was taken with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.core.events import Event, EventType
from workflow.core.history import History
from workflow.core.ports import InstanceFacts
from workflow.engine.connection import fetch
from workflow.engine.instances import Birth


@dataclass(slots=True)
class Lease:
    """The claimed row. `token` and `sequence_number` are what every checkpoint must name."""

    id: str
    workflow: str
    version: int
    changes: dict[str, int]
    status: str
    state: str | None
    business_key: str | None
    correlation_id: str
    queue: str
    input: Any
    failure: Any
    worker_id: str
    token: int
    sequence_number: int
    inbox_number: int
    deadline_at: datetime | None
    resume_status: str | None
    parent_id: str | None
    created_at: datetime
    history: History | None = None
    birth: Birth | None = None  # not written yet: the first checkpoint makes it

    def facts(self) -> InstanceFacts:
        return InstanceFacts(self.id, self.workflow, self.version, self.business_key, self.correlation_id, self.input)


COLUMNS = """id::text, workflow, version, changes, status, state, business_key, correlation_id, queue, input, failure,
    worker_id::text, token, sequence_number, inbox_number, deadline_at, resume_status, parent_id::text, created_at"""

EVENTS = """SELECT e.instance_id::text, e.sequence_number, e.event_type, e.step_key, e.payload, e.actor, e.actor_id,
    e.token, e.created_at FROM workflow_event e"""


def lease_of(row: tuple[Any, ...]) -> Lease:
    return Lease(*row)


def event_of(row: tuple[Any, ...]) -> Event:
    _, number, kind, step_key, payload, actor, actor_id, token, created_at = row
    return Event(number, EventType(kind), payload, step_key, created_at, actor, actor_id, token)


def load_histories(leases: list[Lease]) -> None:
    """Give each lease its history: none to read for a fresh start, from the last cursor where there is one."""
    older = []
    for lease in leases:
        if lease.sequence_number == 1 and lease.deadline_at is None:  # one that was to start later says so in STARTED
            lease.history = History.fold([_started(lease)])
        else:
            older.append(lease)
    if not older:
        return
    cursors = _cursors([lease.id for lease in older if lease.status == "ACTIVE"])
    for lease in older:
        lease.history = _begin(lease, cursors.get(lease.id))
    by_id = {lease.id: lease for lease in older}
    sql = f"""{EVENTS} JOIN unnest(%(ids)s::text[]::uuid[], %(after)s::int[]) AS w(id, number)
        ON e.instance_id = w.id AND e.sequence_number > w.number ORDER BY e.instance_id, e.sequence_number"""
    after = [lease.history.sequence_number for lease in older if lease.history is not None]
    for row in fetch(sql, {"ids": list(by_id), "after": after}):
        history = by_id[row[0]].history
        assert history is not None
        history.apply(event_of(row))


def full_history(instance_id: str) -> History:
    return History.fold(read_events(instance_id))


def read_events(instance_id: str) -> list[Event]:
    rows = fetch(f"{EVENTS} WHERE e.instance_id = %(id)s::text::uuid ORDER BY e.sequence_number", {"id": instance_id})
    return [event_of(row) for row in rows]


def _started(lease: Lease) -> Event:
    """The STARTED event as the row still tells it: saves reading it back."""
    payload = {"input": lease.input, "changes": lease.changes}
    return Event(1, EventType.STARTED, payload, "", lease.created_at)


def _begin(lease: Lease, cursor: tuple[int, dict[str, Any]] | None) -> History:
    if cursor is None:
        return History()
    number, data = cursor
    history = History.fold([_started(lease)])
    history.restore(data["cursor"])
    history.input = data.get("input", lease.input)
    history.started_at = datetime.fromisoformat(data["cursor"]["now"])
    history.sequence_number = history.base = number
    return history


def _cursors(ids: list[str]) -> dict[str, tuple[int, dict[str, Any]]]:
    if not ids:
        return {}
    sql = """SELECT DISTINCT ON (instance_id) instance_id::text, sequence_number, data FROM state_snapshot
        WHERE instance_id = ANY(%(ids)s::text[]::uuid[]) AND data ? 'cursor'
        ORDER BY instance_id, sequence_number DESC"""
    return {row[0]: (row[1], row[2]) for row in fetch(sql, {"ids": ids})}
