"""Staff commands: each one row lock, one transaction, one event with user, reason, before and after.

While somebody holds the instance the command stands in the inbox and becomes that event in the turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from workflow.core import definition, saga
from workflow.core.definition import StepDefinition
from workflow.core.errors import AlreadyFinished, CodecError, InvalidInput, NotPossibleNow, PastPivot
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.history import History
from workflow.core.recorded import Recorded
from workflow.engine import messages
from workflow.engine.connection import fetch
from workflow.engine.frontdoor import Locked, append, locked, now_for
from workflow.engine.journal import Settle
from workflow.engine.lease import event_of
from workflow.engine.lease import EVENTS as EVENTS_SQL
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


def _unblocked(command: Command, row: Locked) -> list[NewEvent]:
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
        events = [command.event("CANCEL", before=before), *_unblocked(command, row), *_resumed(command, row)]
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
        events = [command.event("TERMINATE", before={"status": row.status}), *_unblocked(command, row)]
        if left:
            events.append(NewEvent(E.COMPENSATION_FAILED, {"failure": failure}))
            events.append(NewEvent(E.INCIDENT_OPENED, _terminated(left)))
            settle = row.facts(status="COMPENSATION_FAILED", wake_at=None, waiting_for=["INCIDENT"], failure=failure)
        else:
            events.append(NewEvent(E.CANCELLED, {"failure": failure}))
            settle = Settle("CANCELLED", failure=failure, finished_at=now_for(row))
        append(row, events, settle, over_lease=True)
        _cancel_running(row)

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
            _retry_undos(command, row)
        elif row.in_incident:
            history = history_of(row)
            blocked = _blocked_step(row)
            granted = [_grant(command, history, blocked)] if blocked is not None else []
            append(row, [*granted, *_unblocked(command, row)], _due(row))
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


def _blocked_step(row: Locked) -> JSON | None:
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


def _grant(command: Command, history: History, place: JSON, **more: Any) -> NewEvent:
    recorded = history.step(place, place.get("step_key") or "", history.sequence_number)
    before = {"attempt": recorded.attempt, "failures": recorded.failures, "error": recorded.error}
    return command.event("RETRY_STEP", **place, before=before, **more)


def _retry_undos(command: Command, row: Locked) -> None:
    """The undos that failed for good get their attempts again."""
    history = history_of(row)
    granted = [
        _grant(command, history, {"undone": position, "step_key": undo.name})
        for position, undo in history.undos.items()
        if undo.concluded and undo.error is not None
    ]
    events = [*granted, command.own(E.INCIDENT_RESOLVED, resolution=command.reason)]
    events.append(NewEvent(E.COMPENSATING, {"failure": row.failure}))
    append(row, events, row.facts(status="COMPENSATING", wake_at=now_for(row), waiting_for=None))


# -- one step ---------------------------------------------------------------------------------------------------------


def _find(history: History, step_key: str) -> tuple[JSON, Recorded]:
    """The step (or undo) of this key, and how events name it."""
    for position, recorded in history.commands.items():
        if recorded.name == step_key:
            return {"position": position}, recorded
    for position, recorded in history.undos.items():
        if recorded.name == step_key:
            return {"undone": position}, recorded
    raise InvalidInput(f"No step {step_key} has begun; begun: {', '.join(sorted(_keys(history))) or 'none'}.")


def _keys(history: History) -> set[str]:
    return {recorded.name for recorded in (*history.commands.values(), *history.undos.values()) if recorded.attempt}


def _waits_for_staff(row: Locked) -> None:
    if not row.in_incident:
        raise NotPossibleNow("It does not stand in an incident.")


def retry_step(command: Command, step_key: str | None, edited: Any) -> None:
    """New attempts for the step that stands in an incident; with an edited input under a new key."""

    def work(row: Locked) -> None:
        _waits_for_staff(row)
        history = history_of(row)
        place = _blocked_step(row) if step_key is None else {**_find(history, step_key)[0], "step_key": step_key}
        if place is None:
            raise InvalidInput("The incident is about no step; use resume.")
        more = {}
        if edited is not None:
            recorded = history.step(place, str(place["step_key"]), 0)
            if saga.needs_closing(recorded):
                raise NotPossibleNow("Its last attempt may have taken effect: its input cannot be edited before that is known.")
            more["input"] = _valid(recorded, "input", edited)
        append(row, [_grant(command, history, place, **more), *_unblocked(command, row)], _due_again(row))

    command.carry_out(work)


def _due_again(row: Locked) -> Settle:
    status = "COMPENSATING" if row.status == "COMPENSATION_FAILED" else row.status
    return row.facts(status=status, wake_at=now_for(row), waiting_for=None)


def _code(recorded: Recorded) -> StepDefinition[..., Any] | None:
    return definition.steps.get(recorded.ref or "")


def _valid(recorded: Recorded, what: str, value: Any) -> Any:
    """The value in the step's own type, if this process has its code."""
    code = _code(recorded)
    if code is None:
        return value
    try:
        if what == "input":
            return code.parameters.dump((), code.parameters.load(value))
        return code.output.dump(code.output.accept(value))
    except CodecError as error:
        raise InvalidInput(error.message) from error


def complete_step(command: Command, step_key: str, output: Any, *, verb: str = "COMPLETE_STEP") -> None:
    """Staff say what the step's result is; the instance goes on from there."""

    def work(row: Locked) -> None:
        _waits_for_staff(row)
        history = history_of(row)
        place, recorded = _find(history, step_key)
        if recorded.concluded and recorded.error is None:
            raise NotPossibleNow(f"{step_key} has completed already.")
        value = _valid(recorded, "output", output) if "position" in place else output
        before = {"latest": recorded.latest, "error": recorded.error}
        note = command.event(verb, **place, step_key=step_key, before=before, after={"output": value})
        payload = {**place, "attempt": recorded.attempt, "output": value, "by_staff": command.actor_id}
        kind = E.STEP_COMPLETED if "position" in place else E.SAGA_COMPENSATION
        if "undone" in place:
            payload["undo"] = step_key.rsplit("#", 1)[0]
        done = NewEvent(kind, payload, step_key, "STAFF", command.actor_id)
        more = [NewEvent(E.COMPENSATING, {"failure": row.failure})] if row.status == "COMPENSATION_FAILED" else []
        append(row, [note, done, *_unblocked(command, row), *more], _due_again(row))

    command.carry_out(work)


# -- the whole rollback ------------------------------------------------------------------------------------------------


def compensate(command: Command) -> None:
    """Roll it back; or, where a rollback failed, try the failed undos again."""

    def work(row: Locked) -> None:
        _retry_undos(command, row)

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
            *_unblocked(command, row),
            NewEvent(E.COMPENSATED, {"failure": row.failure, "by_staff": command.actor_id}),
        ]
        append(row, events, Settle("COMPENSATED", failure=row.failure, finished_at=now_for(row)))

    command.carry_out(work)
