"""Where an instance stands, in words: running, retrying, waiting for whom until when, paused by whom, in an incident.

Pure: `standing_of` decides from the row and what `around` found for the whole page in three bounded questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from workflow.core.registry import registry
from workflow.models import Incident, IncidentStatus, Instance, Status, StepExecution, StepStatus, WorkflowEvent

ENDINGS = {
    Status.COMPLETED: ("good", "Completed"),
    Status.COMPENSATED: ("undone", "Rolled back: everything is undone"),
    Status.FAILED: ("bad", "Failed"),
    Status.CANCELLED: ("undone", "Cancelled"),
    Status.TIMED_OUT: ("bad", "Ran out of time"),
}
SPECIAL_WAITS = {"LIMIT": "its time limit", "CHILD": "a child"}


@dataclass(frozen=True)
class Standing:
    """`tone` names a colour; `until` is when the engine acts by itself."""

    tone: str
    words: str
    until: datetime | None = None
    incident_id: int | None = None


@dataclass
class Around:
    """What other tables say about the instances of a page, by instance id."""

    pausers: dict[UUID, str] = field(default_factory=dict)
    incidents: dict[UUID, Incident] = field(default_factory=dict)
    latest: dict[UUID, StepExecution] = field(default_factory=dict)  # attempts of those that wait for a time alone


def around(rows: Sequence[Instance]) -> Around:
    """Three questions at most, each about the few rows that need it."""
    found = Around()
    paused = [row.id for row in rows if row.status == Status.PAUSED]
    blocked = [row.id for row in rows if row.is_waiting_for_incident]
    due = [row.id for row in rows if row.wake_at is not None and not row.waiting_for]
    if paused:
        events = WorkflowEvent.objects.filter(instance_id__in=paused, event_type="PAUSED").order_by("sequence_number")
        found.pausers = {event.instance_id: event.actor_id or "the engine" for event in events}
    if blocked:
        incidents = Incident.objects.filter(instance_id__in=blocked).exclude(status=IncidentStatus.RESOLVED)
        found.incidents = {incident.instance_id: incident for incident in incidents if incident.instance_id}
    if due:
        attempts = (
            StepExecution.objects.filter(instance_id__in=due).order_by("instance_id", "-pk").distinct("instance_id")
        )
        found.latest = {attempt.instance_id: attempt for attempt in attempts.defer("input", "output", "error")}
    return found


def standing_of(row: Instance, known: Around, now: datetime) -> Standing:
    if row.finished_at is not None:
        return _ended(row)
    if row.status == Status.PAUSED:
        return Standing("paused", f"Paused by {known.pausers.get(row.id, 'staff')}")
    incident = known.incidents.get(row.id)
    if row.is_waiting_for_incident:
        return _in_incident(incident)
    live = _live(row, known, now)
    if row.status == Status.COMPENSATING:
        return Standing("undoing", f"Rolling back: {live.words[0].lower()}{live.words[1:]}", live.until)
    return live


def _ended(row: Instance) -> Standing:
    """A rejection is an end that was foreseen, and not the one that was hoped for."""
    machine = next((d.machine for d in registry if d.key == (row.workflow, row.version)), None)
    if row.status == Status.COMPLETED and machine is not None and row.state in {str(s) for s in machine.rejecting}:
        return Standing("undone", "Rejected")
    tone, words = ENDINGS[Status(row.status)]
    return Standing(tone, words)


def _in_incident(incident: Incident | None) -> Standing:
    if incident is None:
        return Standing("incident", "In an incident")
    where = f" at {incident.step_key}" if incident.step_key else ""
    return Standing("incident", f"In an incident{where}: {kind_in_words(incident.kind)}", None, incident.pk)


def _live(row: Instance, known: Around, now: datetime) -> Standing:
    if row.worker_id is not None:
        return Standing("running", "Running")
    if row.waiting_for:
        return Standing("waiting", f"Waiting for {waits_in_words(row.waiting_for)}", row.wake_at)
    if row.wake_at is not None and row.wake_at <= now:
        return Standing("due", "Due: waits for a worker")
    return _until(row, known.latest.get(row.id))


def _until(row: Instance, latest: StepExecution | None) -> Standing:
    """Waiting for nothing but a time: the next attempt or look-up of a step that has not succeeded, or a sleep."""
    if latest is not None and latest.status == StepStatus.UNKNOWN:
        return Standing("retrying", f"Finding out what became of {latest.step_key}, asking again", row.wake_at)
    if latest is not None and latest.status in (StepStatus.FAILED, StepStatus.TIMED_OUT):
        return Standing("retrying", f"Retrying {latest.step_key}: attempt {latest.attempt} failed, waits", row.wake_at)
    return Standing("waiting", "Sleeping", row.wake_at)


def waits_in_words(names: Sequence[str]) -> str:
    words = [SPECIAL_WAITS.get(name, name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def kind_in_words(kind: str) -> str:
    return str(kind).replace("_", " ").lower()


def enriched(rows: Sequence[Instance], now: datetime) -> Sequence[Any]:
    """The same rows, each with its `standing`."""
    known = around(rows)
    for row in rows:
        row.standing = standing_of(row, known, now)  # type: ignore[attr-defined]
    return rows
