"""The human view of a history: each event as one sentence, with what may be shown of its payload."""

from __future__ import annotations

from collections.abc import Mapping
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
    template = SENTENCES.get(event_type, event_type.replace("_", " ").capitalize() + ".")
    return template.format_map(Words(step_key, payload))


class Words(dict[str, Any]):
    """What a sentence may name: the payload, and a few words made of it. What is absent reads as nothing."""

    def __init__(self, step_key: str, payload: Payload) -> None:
        super().__init__(payload)
        error, failure = payload.get("error") or {}, payload.get("failure") or {}
        self["step"] = step_key
        self["error_type"] = f": {error['type']}" if error.get("type") else ""
        self["cause"] = f" ({failure['type']})" if failure.get("type") else ""
        self["awaited"] = ", ".join(payload.get("names") or ()) or "its limit"
        self["fate"] = " and ignored it" if payload.get("ignored") else ""
        self["undone"] = payload.get("undo") or step_key

    def __missing__(self, name: str) -> str:
        return ""


SENTENCES = {
    "STARTED": "The instance was started.",
    "STATE_ENTERED": "Entered {state}.",
    "STEP_STARTED": "{step} began, attempt {attempt}.",
    "STEP_COMPLETED": "{step} completed.",
    "STEP_FAILED": "{step} ended {outcome}{error_type}.",
    "RETRY_SCHEDULED": "{step} is due again at {next_attempt_at}.",
    "SIDE_EFFECT": "Recorded the value {step}.",
    "VERSION_MARKER": "Pinned to {change} {version}.",
    "WAIT_STARTED": "Waits for {awaited}.",
    "SIGNAL_RECEIVED": "Received {name}{fate}.",
    "TIMER_STARTED": "Sleeps until {until}.",
    "TIMER_FIRED": "The time came.",
    "CHILD_STARTED": "Started the child {child_id}.",
    "CHILD_ENDED": "The child {child_id} ended {status}.",
    "SAGA_COMPENSATION": "{undone} took effect.",
    "RECOVERY": "Taken over from a worker that had died.",
    "INCIDENT_OPENED": "An incident was opened: {kind}.",
    "INCIDENT_RESOLVED": "The incident was resolved.",
    "PAUSED": "Paused: {reason}.",
    "RESUMED": "Resumed: {reason}.",
    "STAFF_ACTION": "Staff asked for {verb}: {reason}.",
    "CONTINUED": "A new history began here.",
    "MESSAGE_PUBLISHED": "Published {topic}.",
    "COMPENSATING": "The rollback began{cause}.",
    "COMPENSATION_FAILED": "The rollback could not be finished{cause}.",
    "COMPLETED": "Completed.",
    "COMPENSATED": "Everything was undone{cause}.",
    "FAILED": "Failed{cause}.",
    "CANCELLED": "Cancelled{cause}.",
    "TIMED_OUT": "Ran out of time.",
}
