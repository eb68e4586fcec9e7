"""Staff commands: each one row lock, one transaction, one event with user, reason, before and after.

While somebody holds the instance the command stands in the inbox and becomes that event in the turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from workflow.core import saga
from workflow.core.errors import AlreadyFinished, InvalidInput, NotPossibleNow, PastPivot
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.history import History
from workflow.engine import children, messages
from workflow.engine.connection import fetch
from workflow.engine.frontdoor import Locked, append, locked, now_for
from workflow.engine.journal import Settle
from workflow.engine.lease import EVENTS as EVENTS_SQL
from workflow.engine.lease import event_of
from workflow.engine.leftovers import close_inbox
from workflow.engine.wakeup import notifier

E = EventType


class Command:
    """Who asks, and why; what every staff event says."""

    def __init__(self, instance_id: str, actor_id: str, reason: str) -> None:
        if not reason.strip():
            raise InvalidInput("Give a reason: it goes into the history.")
        self.instance_id, self.actor_id, self.reason = instance_id, actor_id, reason

    def event(self, verb: str, **payload: Any) -> NewEvent:
        return NewEvent(E.STAFF_ACTION, {"verb": verb, "reason": self.reason, **payload}, "", "STAFF", self.actor_id)

    def own(self, kind: EventType, **payload: Any) -> NewEvent:
        return NewEvent(kind, {"reason": self.reason, **payload}, "", "STAFF", self.actor_id)

    def carry_out(self, work: Callable[[Locked], None], *, ended: bool = False) -> None:
        """Lock, look, write; wake the workers after the commit."""
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            row = locked(self.instance_id)
            if row.finished_at is not None and not ended:
                raise AlreadyFinished(f"The instance has ended {row.status}.", status=row.status)
            work(row)
            transaction.on_commit(notifier.notify, using=DEFAULT_DB_ALIAS)

    def send(self, verb: str, **payload: Any) -> None:
        """To the turn that holds the instance."""
        messages.put(
            self.instance_id,
            kind="CONTROL",
            name=verb,
            payload={"reason": self.reason, **payload},
            wakes=None,
            actor="STAFF",
            actor_id=self.actor_id,
            using=DEFAULT_DB_ALIAS,
        )


def history_of(row: Locked) -> History:
    """The whole history, read in the caller's transaction."""
    sql = f"{EVENTS_SQL} WHERE e.instance_id = %(id)s::text::uuid ORDER BY e.sequence_number"
    return History.fold(event_of(found) for found in fetch(sql, {"id": row.id}, using=DEFAULT_DB_ALIAS))


def unblocked(command: Command, row: Locked) -> list[NewEvent]:
    """What an incident's end adds to a command's own events."""
    return [command.own(E.INCIDENT_RESOLVED, resolution=command.reason)] if row.in_incident else []


# -- stopping ---------------------------------------------------------------------------------------------------------


def cancel(command: Command) -> None:
    """Let the running step end or time out, then roll back. PastPivot: there is no way back."""

    def work(row: Locked) -> None:
        if row.status in ("COMPENSATING", "COMPENSATION_FAILED"):
            raise NotPossibleNow("It is already rolling back.")
        if history_of(row).pivoted:
            raise PastPivot("The pivot has completed: there is no way back.")
        if row.held:
            command.send("CANCEL")
            return
        before = {"status": row.status, "waiting_for": row.waiting_for}
        events = [command.event("CANCEL", before=before), *unblocked(command, row), *_resumed(command, row)]
        append(row, events, _due(row))

    command.carry_out(work)


def _resumed(command: Command, row: Locked) -> list[NewEvent]:
    return [command.own(E.RESUMED)] if row.status == "PAUSED" else []


def _due(row: Locked) -> Settle:
    """Due now: a paused one goes back to what it was doing."""
    status = row.resume_status or "ACTIVE" if row.status == "PAUSED" else row.status
    return row.facts(status=status, wake_at=now_for(row), waiting_for=None, resume_status=None)


def terminate(command: Command) -> None:
    """End it at once, without its code; the holder's token is gone. Undos that remain become an incident."""

    def work(row: Locked) -> None:
        history = history_of(row)
        left = [step.undo for step in saga.remaining(history)]
        failure = {"type": "TERMINATED", "message": command.reason, "undos_left": left}
        events = [command.event("TERMINATE", before={"status": row.status}), *unblocked(command, row)]
        if left:
            events.append(NewEvent(E.COMPENSATION_FAILED, {"failure": failure}))
            events.append(NewEvent(E.INCIDENT_OPENED, _terminated(left)))
            settle = row.facts(status="COMPENSATION_FAILED", wake_at=None, waiting_for=["INCIDENT"], failure=failure)
        else:
            events += [*close_inbox(row), NewEvent(E.CANCELLED, {"failure": failure})]
            settle = Settle("CANCELLED", failure=failure, finished_at=now_for(row))
        append(row, events, settle, over_lease=True)
        _cancel_running(row)
        if not left:
            children.end_by_staff(row.id, row.workflow, settle)

    def checked(row: Locked) -> None:
        if row.status == "COMPENSATION_FAILED":
            raise NotPossibleNow("Its rollback has failed already: retry the undos or resolve it by hand.")
        work(row)

    command.carry_out(checked)


def _terminated(left: list[str | None]) -> JSON:
    return {
        "kind": "TERMINATED",
        "step_key": None,
        "subject": None,
        "signature": "terminated",
        "severity": "CRITICAL",
        "message": f"Terminated; not undone: {', '.join(str(name) for name in left)}.",
        "details": {"undos": left},
    }


def _cancel_running(row: Locked) -> None:
    fetch(
        """UPDATE step_execution SET status = 'CANCELLED', finished_at = workflow_now()
        WHERE instance_id = %(id)s::text::uuid AND status = 'RUNNING'""",
        {"id": row.id},
        using=DEFAULT_DB_ALIAS,
    )


def pause(command: Command) -> None:
    """No further command begins until somebody resumes it."""

    def work(row: Locked) -> None:
        if row.status not in ("ACTIVE", "COMPENSATING"):
            raise NotPossibleNow(f"An instance that is {row.status} cannot be paused.")
        if row.in_incident:
            raise NotPossibleNow("It stands in an incident; resolve that instead.")
        if row.held:
            command.send("PAUSE")
            return
        settle = row.facts(
            status="PAUSED", wake_at=None, waiting_for=None, resume_status=row.status, paused_at=now_for(row)
        )
        append(row, [command.own(E.PAUSED)], settle)

    command.carry_out(work)


def resume(command: Command) -> None:
    """Go on after a pause; or try again what stands in an incident."""

    def work(row: Locked) -> None:
        if row.status == "PAUSED":
            append(row, _resumed(command, row), _due(row))
        elif row.status == "COMPENSATION_FAILED":
            retry_undos(command, row)
        elif row.in_incident:
            history = history_of(row)
            blocked = blocked_step(row)
            granted = [grant(command, history, blocked)] if blocked is not None else []
            append(row, [*granted, *unblocked(command, row)], _due(row))
        else:
            raise NotPossibleNow("It is neither paused nor in an incident.")
        _forgive(row)

    command.carry_out(work)


def _forgive(row: Locked) -> None:
    """A person looked at it: takeovers are counted anew."""
    fetch(
        "UPDATE workflow_instance SET recovery_count = 0 WHERE id = %(id)s::text::uuid",
        {"id": row.id},
        using=DEFAULT_DB_ALIAS,
    )


def blocked_step(row: Locked) -> JSON | None:
    """Where the open incident says the instance stands: {position} or {undone}, and the step key."""
    rows = fetch(
        """SELECT payload FROM workflow_event WHERE instance_id = %(id)s::text::uuid
        AND event_type = 'INCIDENT_OPENED' ORDER BY sequence_number DESC LIMIT 1""",
        {"id": row.id},
        using=DEFAULT_DB_ALIAS,
    )
    payload = rows[0][0] if rows else {}
    place = {name: payload[name] for name in ("position", "undone") if name in payload}
    return {**place, "step_key": payload.get("step_key")} if place else None


def grant(command: Command, history: History, place: JSON, **more: Any) -> NewEvent:
    recorded = history.step(place, place.get("step_key") or "", history.sequence_number)
    before = {"attempt": recorded.attempt, "failures": recorded.failures, "error": recorded.error}
    return command.event("RETRY_STEP", **place, before=before, **more)


def retry_undos(command: Command, row: Locked) -> None:
    """The undos that failed for good get their attempts again."""
    history = history_of(row)
    granted = [
        grant(command, history, {"undone": position, "step_key": undo.name})
        for position, undo in history.undos.items()
        if undo.concluded and undo.error is not None
    ]
    events = [*granted, command.own(E.INCIDENT_RESOLVED, resolution=command.reason)]
    events.append(NewEvent(E.COMPENSATING, {"failure": row.failure}))
    append(row, events, row.facts(status="COMPENSATING", wake_at=now_for(row), waiting_for=None))


# -- the whole rollback ------------------------------------------------------------------------------------------------


def compensate(command: Command) -> None:
    """Roll it back; or, where a rollback failed, try the failed undos again."""

    def work(row: Locked) -> None:
        retry_undos(command, row)

    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        failed = locked(command.instance_id).status == "COMPENSATION_FAILED"
        command.carry_out(work) if failed else cancel(command)


def resolve_compensation(command: Command) -> None:
    """Staff finished what the rollback could not: COMPENSATED, by their word."""

    def work(row: Locked) -> None:
        if row.status != "COMPENSATION_FAILED":
            raise NotPossibleNow("Only a failed rollback can be resolved by hand.")
        left = [step.undo for step in saga.remaining(history_of(row))]
        events = [
            command.event("RESOLVE_COMPENSATION", before={"undos_left": left}),
            *unblocked(command, row),
            *close_inbox(row),
            NewEvent(E.COMPENSATED, {"failure": row.failure, "by_staff": command.actor_id}),
        ]
        settle = Settle("COMPENSATED", failure=row.failure, finished_at=now_for(row))
        append(row, events, settle)
        children.end_by_staff(row.id, row.workflow, settle)

    command.carry_out(work)
