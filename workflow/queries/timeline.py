"""The human view of a history: each event as one sentence, with what may be shown of its payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from workflow.models import WorkflowEvent
from workflow.queries.reading import reading

ENTRIES_MAX = 1_000
VALUES = frozenset({"input", "output", "memory", "data", "value", "result", "body", "cursor", "answer"})
Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One event. `details` is its payload, without inputs, outputs and messages unless they were asked for."""

    sequence_number: int
    event_type: str
    at: datetime
    sentence: str
    step_key: str
    actor: str | None
    actor_id: str | None
    token: int | None
    details: dict[str, Any]


def read_timeline(
    instance_id: UUID | str, *, after: int = 0, size: int = ENTRIES_MAX, with_values: bool = False
) -> list[Entry]:
    """The events after sequence number `after`, in order. `with_values` needs the right to personal data."""
    with reading():
        rows = WorkflowEvent.objects.filter(instance_id=instance_id, sequence_number__gt=after)
        return [entry_of(event, with_values=with_values) for event in rows.order_by("sequence_number")[:size]]


def entry_of(event: WorkflowEvent, *, with_values: bool = False) -> Entry:
    payload = event.payload or {}
    return Entry(
        sequence_number=event.sequence_number,
        event_type=event.event_type,
        at=event.created_at,
        sentence=sentence_of(event.event_type, event.step_key, payload),
        step_key=event.step_key,
        actor=event.actor,
        actor_id=event.actor_id,
        token=event.token,
        details={name: value for name, value in payload.items() if with_values or name not in VALUES},
    )


def sentence_of(event_type: str, step_key: str, payload: Payload) -> str:
    """What happened, in one sentence without personal data."""
    return SENTENCES.get(event_type, _unknown(event_type))(step_key, payload)


def _unknown(event_type: str) -> Callable[[str, Payload], str]:
    return lambda step, payload: event_type.replace("_", " ").capitalize() + "."


def _error(payload: Payload) -> str:
    error = payload.get("error") or {}
    return f": {error.get('type', 'error')}" if error else ""


def _cause(payload: Payload) -> str:
    failure = payload.get("failure") or {}
    return f" ({failure['type']})" if failure.get("type") else ""


SENTENCES: dict[str, Callable[[str, Payload], str]] = {
    "STARTED": lambda s, p: "The instance was started.",
    "STATE_ENTERED": lambda s, p: f"Entered {p.get('state')}.",
    "STEP_STARTED": lambda s, p: f"{s} began, attempt {p.get('attempt', 1)}.",
    "STEP_COMPLETED": lambda s, p: f"{s} completed.",
    "STEP_FAILED": lambda s, p: f"{s} ended {p.get('outcome', 'FAILED')}{_error(p)}.",
    "RETRY_SCHEDULED": lambda s, p: f"{s} is due again at {p.get('next_attempt_at')}.",
    "SIDE_EFFECT": lambda s, p: f"Recorded the value {s}.",
    "VERSION_MARKER": lambda s, p: f"Pinned to {p.get('change')} {p.get('version')}.",
    "WAIT_STARTED": lambda s, p: f"Waits for {', '.join(p.get('names') or ()) or 'its limit'}.",
    "SIGNAL_RECEIVED": lambda s, p: f"Received {p.get('name')}{' and ignored it' if p.get('ignored') else ''}.",
    "TIMER_STARTED": lambda s, p: f"Sleeps until {p.get('until')}.",
    "TIMER_FIRED": lambda s, p: "The time came.",
    "CHILD_STARTED": lambda s, p: f"Started the child {p.get('child_id', s)}.",
    "CHILD_ENDED": lambda s, p: f"The child {p.get('child_id', s)} ended {p.get('status', '')}.",
    "SAGA_COMPENSATION": lambda s, p: f"{p.get('undo') or s} took effect.",
    "RECOVERY": lambda s, p: "Taken over from a worker that had died.",
    "INCIDENT_OPENED": lambda s, p: f"An incident was opened: {p.get('kind', '')}.",
    "INCIDENT_RESOLVED": lambda s, p: "The incident was resolved.",
    "PAUSED": lambda s, p: "Paused.",
    "RESUMED": lambda s, p: "Resumed.",
    "STAFF_ACTION": lambda s, p: f"Staff asked for {p.get('verb', 'a change')}.",
    "CONTINUED": lambda s, p: "A new history began here.",
    "MESSAGE_PUBLISHED": lambda s, p: f"Published {p.get('topic') or s or 'a message'}.",
    "COMPENSATING": lambda s, p: f"The rollback began{_cause(p)}.",
    "COMPENSATION_FAILED": lambda s, p: f"The rollback could not be finished{_cause(p)}.",
    "COMPLETED": lambda s, p: "Completed.",
    "COMPENSATED": lambda s, p: f"Everything was undone{_cause(p)}.",
    "FAILED": lambda s, p: f"Failed{_cause(p)}.",
    "CANCELLED": lambda s, p: "Cancelled.",
    "TIMED_OUT": lambda s, p: "Ran out of time.",
}
