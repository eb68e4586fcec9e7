"""Writing under the row lock, without the lease: what the front door and staff append to an instance nobody holds.

`locked` takes the row; `append` writes events and queue facts through the same checkpoint statement as a turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError

from workflow.conf import conf
from workflow.core.definition import Definition
from workflow.core.errors import InstanceBusy, InstanceNotFound
from workflow.core.events import EventType, NewEvent
from workflow.core.registry import registry
from workflow.engine import journal
from workflow.engine.clock import clock
from workflow.engine.connection import fetch
from workflow.engine.journal import Checkpoint, Settle, Written

BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    OperationalError,
)


@dataclass(slots=True)
class Locked:
    """The row as it stands while the caller's transaction has it."""

    id: str
    workflow: str
    version: int
    status: str
    state: str | None
    waiting_for: list[str] | None
    wake_at: datetime | None
    worker_id: str | None
    token: int
    sequence_number: int
    resume_status: str | None
    failure: Any
    finished_at: datetime | None
    updated_at: datetime
    deadline_at: datetime | None

    @property
    def held(self) -> bool:
        return self.worker_id is not None

    @property
    def in_incident(self) -> bool:
        return "INCIDENT" in (self.waiting_for or ())

    @property
    def definition(self) -> Definition[Any, Any]:
        return registry.get(self.workflow, self.version)

    def facts(self, **changes: Any) -> Settle:
        """The queue facts as they are, but for these changes."""
        now = {
            "status": self.status,
            "wake_at": self.wake_at,
            "waiting_for": self.waiting_for,
            "failure": self.failure,
            "resume_status": self.resume_status,
            "deadline_at": self.deadline_at,
        }
        return Settle(**{**now, **changes})


def locked(instance_id: str) -> Locked:
    """Inside a transaction on `default`. InstanceNotFound; InstanceBusy after LOCK_TIMEOUT_SECONDS."""
    try:
        fetch(f"SET LOCAL lock_timeout = {int(conf.lock_timeout_seconds * 1000)}", using=DEFAULT_DB_ALIAS)
        rows = fetch(
            """SELECT id::text, workflow, version, status, state, waiting_for, wake_at, worker_id::text, token,
                sequence_number, resume_status, failure, finished_at, updated_at, deadline_at FROM workflow_instance
            WHERE id = %(id)s::text::uuid FOR NO KEY UPDATE""",
            {"id": instance_id},
            using=DEFAULT_DB_ALIAS,
        )
    except psycopg.errors.LockNotAvailable as error:
        raise InstanceBusy(f"Instance {instance_id} is locked by somebody else; try again.") from error
    except psycopg.errors.InvalidTextRepresentation as error:
        raise InstanceNotFound(f"{instance_id} is no instance id.") from error
    if not rows:
        raise InstanceNotFound(f"There is no instance {instance_id}.")
    return Locked(*rows[0])


def now_for(row: Locked) -> datetime:
    return max(clock.now(), row.updated_at)


def append(row: Locked, events: list[NewEvent], settle: Settle | None = None, *, over_lease: bool = False) -> None:
    """Append events (and set queue facts). `over_lease`: also while somebody holds it, whose token is then gone."""
    at = now_for(row)
    for event in events:
        event.created_at = event.created_at or at
    checkpoint = Checkpoint(
        instance_id=row.id,
        token=row.token,
        sequence_number=row.sequence_number,
        worker_id=row.worker_id if over_lease else None,
        at=at,
        events=events,
        settle=settle,
        front_door=True,
    )
    receipt = journal.write([checkpoint], skip_locked=False, using=DEFAULT_DB_ALIAS)[0]
    if receipt.written is not Written.YES:
        raise InstanceBusy(f"Instance {row.id} moved on meanwhile; look again.")
    row.sequence_number += len(events)


def received(
    name: str, data: Any, actor: str | None, actor_id: str | None, *, inbox: int | None = None, ignored: bool = False
) -> NewEvent:
    payload: dict[str, Any] = {"name": name, "data": data}
    if inbox is not None:
        payload["inbox"] = inbox
    if ignored:
        payload["ignored"] = True
    return NewEvent(EventType.SIGNAL_RECEIVED, payload, name, actor, actor_id)
