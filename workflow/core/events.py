"""The facts of an instance: every event type with the reason it exists, and the two shapes an event has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

JSON = dict[str, Any]


class EventType(StrEnum):
    STARTED = "STARTED"  # the first event: input, stored changes, who asked
    STATE_ENTERED = "STATE_ENTERED"  # where the business stands; one snapshot each
    STEP_STARTED = "STEP_STARTED"  # the intent of an attempt, durable before the call
    STEP_COMPLETED = "STEP_COMPLETED"  # the step's one result
    STEP_FAILED = "STEP_FAILED"  # an attempt ended without a result: failed, refused, timed out or unknown
    RETRY_SCHEDULED = "RETRY_SCHEDULED"  # when the next attempt or look-up is due
    SIDE_EFFECT = "SIDE_EFFECT"  # a recorded non-deterministic value
    VERSION_MARKER = "VERSION_MARKER"  # which branch of a change the instance is pinned to
    WAIT_STARTED = "WAIT_STARTED"  # the named things the instance waits for
    SIGNAL_RECEIVED = "SIGNAL_RECEIVED"  # an admitted message
    TIMER_STARTED = "TIMER_STARTED"  # a durable wake-up time
    TIMER_FIRED = "TIMER_FIRED"  # that time came before anything else did
    CHILD_STARTED = "CHILD_STARTED"  # another instance now belongs to this one
    CHILD_ENDED = "CHILD_ENDED"  # and this is what became of it
    SAGA_COMPENSATION = "SAGA_COMPENSATION"  # an undo done
    RECOVERY = "RECOVERY"  # a dead worker's turn made due again
    INCIDENT_OPENED = "INCIDENT_OPENED"  # blocked until a human decides
    INCIDENT_RESOLVED = "INCIDENT_RESOLVED"  # a human (or the cause's end) unblocked it
    PAUSED = "PAUSED"  # stopped by a named person
    RESUMED = "RESUMED"  # and released again
    STAFF_ACTION = "STAFF_ACTION"  # any other staff command: who, why, before, after
    CONTINUED = "CONTINUED"  # a long function began a new history here
    MESSAGE_PUBLISHED = "MESSAGE_PUBLISHED"  # a message for the outside, written with the fact
    COMPENSATING = "COMPENSATING"  # the rollback began, and why
    COMPENSATION_FAILED = "COMPENSATION_FAILED"  # an undo failed for good; the others are done
    COMPLETED = "COMPLETED"  # terminal: the result stands
    COMPENSATED = "COMPENSATED"  # terminal: everything undone
    FAILED = "FAILED"  # terminal: failed with nothing to undo
    CANCELLED = "CANCELLED"  # terminal: cancelled with nothing to undo, or terminated
    TIMED_OUT = "TIMED_OUT"  # terminal: out of time with nothing to undo


TERMINAL_EVENTS = frozenset(
    {EventType.COMPLETED, EventType.COMPENSATED, EventType.FAILED, EventType.CANCELLED, EventType.TIMED_OUT}
)


@dataclass(slots=True)
class NewEvent:
    """An event before it is written. `aux` goes to the projections (snapshot, traceback) and not into the history."""

    type: EventType
    payload: JSON
    step_key: str = ""
    actor: str | None = None
    actor_id: str | None = None
    aux: JSON | None = None
    created_at: datetime | None = None


@dataclass(slots=True)
class Event:
    """An event as it stands in the history."""

    sequence_number: int
    type: EventType
    payload: JSON
    step_key: str
    created_at: datetime
    actor: str | None = None
    actor_id: str | None = None
    token: int | None = None
    extra: JSON = field(default_factory=dict)
