"""The journal: what a checkpoint holds, and how one is written. One statement, one round trip, fenced.

Fence: id, token, expected sequence number (and, where a wake-up could be lost, the inbox number). No row means stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import orjson

from workflow.core.events import EventType, NewEvent
from workflow.engine import statements
from workflow.engine.connection import fetch
from workflow.engine.instances import NewInstance, present
from workflow.engine.statements import Shape
from workflow.models.instance import status_edges

_NO_PROGRESS = frozenset({EventType.STEP_STARTED, EventType.STEP_FAILED, EventType.RETRY_SCHEDULED, EventType.RECOVERY})
_PROJECTED = frozenset(
    {
        EventType.STATE_ENTERED,
        EventType.CONTINUED,
        EventType.MESSAGE_PUBLISHED,
        EventType.INCIDENT_OPENED,
        EventType.INCIDENT_RESOLVED,
    }
)
_STEP_ENDS = frozenset({EventType.STEP_COMPLETED, EventType.STEP_FAILED, EventType.SAGA_COMPENSATION})
SOURCES = status_edges()


@dataclass(slots=True)
class Settle:
    """The instance row's queue facts after this checkpoint. `release` gives the lease back."""

    status: str
    release: bool = True
    wake_at: datetime | None = None
    waiting_for: list[str] | None = None
    result: Any = None
    failure: Any = None
    resume_status: str | None = None
    paused_at: datetime | None = None
    finished_at: datetime | None = None
    deadline_at: datetime | None = None
    input: Any = None


@dataclass(slots=True)
class InboxMark:
    """An inbox row that became history, or was answered."""

    number: int
    answer: Any = None


@dataclass(slots=True)
class Checkpoint:
    instance_id: str
    token: int
    sequence_number: int  # expected
    worker_id: str | None
    at: datetime
    events: list[NewEvent] = field(default_factory=list)
    state: str | None = None
    settle: Settle | None = None
    inbox: list[InboxMark] = field(default_factory=list)
    inbox_number: int | None = None  # compared where a wake-up could be lost
    front_door: bool = False  # written under the row lock, not under the lease: events bear no token
    birth: NewInstance | None = None  # the instance itself is written here; STARTED is its first event

    @property
    def projects(self) -> bool:
        return bool(self.inbox) or any(event.type in _PROJECTED for event in self.events)


class Written(Enum):
    YES = "YES"  # it is in the history
    FENCED = "FENCED"  # lease or place is lost: write nothing more
    INBOX_GREW = "INBOX_GREW"  # read the inbox, then decide again
    BUSY = "BUSY"  # somebody holds the row: wait for it alone
    GONE = "GONE"  # there is no such row
    TAKEN = "TAKEN"  # the business key of a new instance is in use


@dataclass(slots=True)
class Receipt:
    written: Written
    inbox_number: int = 0


def write(checkpoints: list[Checkpoint], *, skip_locked: bool, using: str | None = None) -> list[Receipt]:
    """Write checkpoints of different instances in one statement; a receipt each, in order."""
    shape = _shape(checkpoints)
    numbered = list(enumerate(checkpoints))
    parameters = {}
    if shape.members:
        parameters["members"] = _json([_member(number, c) for number, c in numbered if c.birth is None])
    if shape.births:
        parameters["births"] = _json([_birth(number, c, c.birth) for number, c in numbered if c.birth is not None])
    if shape.projections:
        parameters["inbox"] = _json([row for number, checkpoint in numbered for row in _inbox(number, checkpoint)])
    sql = statements.checkpoint(shape, skip_locked=skip_locked)
    rows = {row[0]: row for row in fetch(sql, parameters, using=using)}
    return [_receipt(checkpoint, rows.get(number), skip_locked=skip_locked) for number, checkpoint in numbered]


def _shape(checkpoints: list[Checkpoint]) -> Shape:
    """Exact for a checkpoint alone; the same for all that are many, so that few statements are prepared."""
    births = any(checkpoint.birth is not None for checkpoint in checkpoints)
    projections = any(checkpoint.projects for checkpoint in checkpoints)
    if len(checkpoints) > 1:
        members = projections or any(checkpoint.birth is None for checkpoint in checkpoints)
        return Shape(members, births, members, members, intents=True, ends=members, projections=projections)
    only = checkpoints[0]
    members = projections or not births
    settles = only.settle is not None
    intents = any(event.type is EventType.STEP_STARTED or _whole(event) for event in only.events)
    ends = any(event.type in _STEP_ENDS and not _whole(event) for event in only.events)
    return Shape(members, births, members and not settles, settles, intents, ends, projections)


def _whole(event: NewEvent) -> bool:
    """The end of a step that had no intent (an atomic one): its step row is written at once."""
    return event.type in _STEP_ENDS and "started_at" in event.payload


def insert(instances: list[NewInstance], *, using: str | None = None) -> set[str]:
    """Write new instances with their STARTED; the ids of those written (the others' business key is in use)."""
    receipts = write([birth(instance) for instance in instances], skip_locked=False, using=using)
    return {i.id for i, receipt in zip(instances, receipts, strict=True) if receipt.written is Written.YES}


def birth(instance: NewInstance, events: list[NewEvent] | None = None) -> Checkpoint:
    """The checkpoint that makes an instance, with the events of its first turn where there are some already."""
    return Checkpoint(
        instance_id=instance.id,
        token=1,
        sequence_number=0,
        worker_id=instance.worker_id,
        at=instance.at,
        events=[instance.started_event(), *(events or [])],
        birth=instance,
    )


def _receipt(checkpoint: Checkpoint, row: tuple[Any, ...] | None, *, skip_locked: bool) -> Receipt:
    if row is None:
        if checkpoint.birth is not None:
            return Receipt(Written.TAKEN)
        return Receipt(Written.BUSY if skip_locked else Written.GONE)
    _, token, sequence_number, inbox_number, worker_id, fenced = row
    if fenced:
        return Receipt(Written.YES, inbox_number)
    mine = (token, sequence_number, worker_id) == (checkpoint.token, checkpoint.sequence_number, checkpoint.worker_id)
    grew = mine and checkpoint.inbox_number is not None and inbox_number != checkpoint.inbox_number
    return Receipt(Written.INBOX_GREW if grew else Written.FENCED, inbox_number)


def landed(checkpoint: Checkpoint) -> bool:
    """After a lost acknowledgement: is the event at the next number ours? Then the write landed."""
    if checkpoint.birth is not None:
        return bool(present([checkpoint.instance_id]))
    rows = fetch(
        "SELECT token FROM workflow_event WHERE instance_id = %(id)s::uuid AND sequence_number = %(next)s",
        {"id": checkpoint.instance_id, "next": checkpoint.sequence_number + 1},
    )
    return bool(rows) and rows[0][0] == checkpoint.token


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


def _birth(number: int, checkpoint: Checkpoint, instance: NewInstance) -> dict[str, Any]:
    return {**instance.row(), "k": number, "n": len(checkpoint.events), "events": _events(checkpoint)}


def _member(number: int, checkpoint: Checkpoint) -> dict[str, Any]:
    """What is absent is NULL there: a checkpoint on the hot path names little."""
    member: dict[str, Any] = {
        "k": number,
        "id": checkpoint.instance_id,
        "token": checkpoint.token,
        "seq": checkpoint.sequence_number,
        "worker": checkpoint.worker_id,
        "front": checkpoint.front_door,
        "n": len(checkpoint.events),
        "at": checkpoint.at,
        "progress": any(event.type not in _NO_PROGRESS for event in checkpoint.events),
        "events": _events(checkpoint),
    }
    if checkpoint.inbox_number is not None:
        member["inbox"] = checkpoint.inbox_number
    if checkpoint.state is not None:
        member["state"] = checkpoint.state
    if (settle := checkpoint.settle) is not None:
        member["settle"] = {name: getattr(settle, name) for name in Settle.__slots__}
        member["sources"] = [settle.status, *SOURCES.get(settle.status, ())]
    return member


def _events(checkpoint: Checkpoint) -> list[dict[str, Any]]:
    return [_event(offset, event, checkpoint.at) for offset, event in enumerate(checkpoint.events, start=1)]


def _event(offset: int, event: NewEvent, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "o": offset,
        "type": event.type,
        "key": event.step_key,
        "p": event.payload,
        "at": event.created_at or at,
    }
    if event.actor is not None:
        row["actor"] = event.actor
    if event.actor_id is not None:
        row["actor_id"] = event.actor_id
    if event.aux is not None:
        row["aux"] = event.aux
    return row


def _inbox(number: int, checkpoint: Checkpoint) -> list[dict[str, Any]]:
    return [
        {"k": number, "number": mark.number, "answer": mark.answer, "at": checkpoint.at} for mark in checkpoint.inbox
    ]
