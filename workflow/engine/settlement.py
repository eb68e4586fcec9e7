"""Outcomes made durable: the only place where a turn's end becomes events and queue facts. Read `settle` first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workflow.core import saga
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.outcome import Blocked, Continued, Failed, Finished, GivenBack, Outcome, Parked, Paused, RolledBack
from workflow.engine import children, inbox
from workflow.engine.connection import fetch
from workflow.engine.journal import Settle
from workflow.engine.lease import Lease, full_history

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

UNKNOWN_DEFINITION_PAUSE_SECONDS = 5
ROLLBACK = ("COMPENSATING", "COMPENSATION_FAILED")


def settle(turn: Turn, outcome: Outcome) -> bool:  # noqa: C901  one line for each kind of outcome
    """Write the outcome. False: the inbox grew (or a rollback begins now); drive again."""
    match outcome:
        case Finished():
            return _finish(turn, outcome)
        case Parked():
            return _park(turn, outcome)
        case Failed():
            return _fail(turn, outcome)
        case Blocked():
            return _block(turn, outcome.incident)
        case Paused():
            return _pause(turn, outcome)
        case Continued():
            return _continue(turn, outcome)
        case RolledBack():
            return end_rollback(turn, outcome.failed)
        case GivenBack():
            return release(turn, outcome.reason)


# -- going on later ---------------------------------------------------------------------------------------------------


def _park(turn: Turn, parked: Parked) -> bool:
    """Compares the inbox number: a message that came meanwhile is not slept through."""
    deadline = None if parked.standing or turn.history.status != "ACTIVE" else turn.deadline
    wake_at = min((at for at in (parked.until, deadline) if at is not None), default=None)
    facts = Settle(turn.history.status, wake_at=wake_at, waiting_for=list(parked.names) or None, deadline_at=deadline)
    facts.failure = turn.history.failure
    return turn.flush(facts, compare_inbox=True) or _look_again(turn)


def _look_again(turn: Turn) -> bool:
    inbox.admit(turn)
    return False


def release(turn: Turn, reason: str) -> bool:
    """Due again at once, for whoever is free; nobody's fault. Facts already known are written first."""
    del reason
    facts = Settle(turn.history.status, wake_at=turn.now(), deadline_at=turn.lease.deadline_at)
    facts.failure = turn.history.failure
    return turn.flush(facts)


def _pause(turn: Turn, paused: Paused) -> bool:
    event = NewEvent(EventType.PAUSED, {"reason": paused.reason}, "", "STAFF", paused.actor_id, created_at=turn.now())
    status = turn.history.status
    facts = Settle("PAUSED", resume_status=status, paused_at=event.created_at, failure=turn.history.failure)
    return _last(turn, event, facts)


def _last(turn: Turn, event: NewEvent, facts: Settle) -> bool:
    """The turn's last event, unless the inbox grew meanwhile."""
    return _written(turn, event, lambda: turn.flush(facts, compare_inbox=True)) or _look_again(turn)


def _written(turn: Turn, event: NewEvent, write: Callable[[], bool]) -> bool:
    """Write with this event at the end. Taken back when it was not written, or nobody knows: what follows is fenced."""
    written = False
    with turn.lock:
        turn.pending.append(event)
        try:
            written = write()
        finally:
            if not written:
                turn.pending = [each for each in turn.pending if each is not event]
    return written


def _continue(turn: Turn, continued: Continued) -> bool:
    """A new history begins; refused while undos are open, because their steps would be forgotten."""
    if saga.remaining(turn.history):
        return _block(turn, {"kind": "WORKFLOW_BUG", "message": "continue_as was called while undos are open."})
    continued.event.aux = {"cursor": continued.event.payload["cursor"], "input": continued.event.payload["input"]}
    turn.record(continued.event)
    return turn.flush(Settle("ACTIVE", release=False, input=continued.event.payload["input"])) and False


# -- staff must decide ------------------------------------------------------------------------------------------------


def _block(turn: Turn, incident: JSON) -> bool:
    """Opened in the transaction of its cause. The instance waits for INCIDENT, alone."""
    payload = incident_payload(turn, incident)
    event = NewEvent(EventType.INCIDENT_OPENED, payload, incident.get("step_key") or "", created_at=turn.now())
    return _last(turn, event, Settle(turn.history.status, waiting_for=["INCIDENT"], failure=turn.history.failure))


def incident_payload(turn: Turn, incident: JSON) -> JSON:
    return {
        "step_key": None,
        "subject": None,
        "signature": incident["kind"],
        "severity": "CRITICAL" if turn.history.pivoted or turn.history.status in ROLLBACK else "ERROR",
        "details": {},
        **incident,
    }


def block_poisoned(turn: Turn, poison: Exception) -> bool:
    """PostgreSQL refuses what this turn wants to write: forget it, and say so."""
    turn.forget_unwritten()
    return _block(turn, {"kind": "WORKFLOW_BUG", "message": f"The database refuses a value: {poison}"})


# -- ends -------------------------------------------------------------------------------------------------------------


def _finish(turn: Turn, finished: Finished) -> bool:
    """A cancel that was acknowledged before the end is honoured, though no command came after it."""
    inbox.admit(turn, ended=True)
    if (cancelled := turn.cancelled()) is not None:
        return _fail(turn, cancelled)
    if finished.reason == "REJECTED":
        failure = {"type": "REJECTED", "message": f"Ended in {finished.result['state']}."}
        if _begin_rollback(turn, failure):
            return False
    if finished.reason == "TIMED_OUT":
        failure = {"type": "TIMED_OUT", "message": f"The limit before {finished.result['state']} passed."}
        return _fail(turn, Failed(failure, status="TIMED_OUT"))
    return end(turn, EventType.COMPLETED, {"result": finished.result}, result=finished.result)


def _fail(turn: Turn, failed: Failed) -> bool:
    """A deliberate failure rolls back. Past the pivot there is no way back: an incident."""
    if turn.history.pivoted:
        message = f"Failed after the pivot: {failed.failure.get('message')}"
        step_key = failed.failure.get("step_key")
        places = [at for at, command in turn.history.commands.items() if step_key and command.name == step_key]
        place = {"position": places[-1]} if places else {}
        return _block(turn, {"kind": "STEP_EXHAUSTED", "message": message, "step_key": step_key, **place})
    if _begin_rollback(turn, failed.failure):
        return False
    return end(turn, EventType(failed.status), {"failure": failed.failure}, failure=failed.failure)


def _begin_rollback(turn: Turn, failure: JSON) -> bool:
    """Whether there is anything to undo; then COMPENSATING rides with the first undo's checkpoint."""
    if turn.history.cursor is not None:
        turn.flush()
        turn.history = full_history(turn.lease.id)
    if not saga.remaining(turn.history):
        return False
    with turn.lock:
        turn.record(NewEvent(EventType.COMPENSATING, {"failure": failure}))
        turn.settle = Settle("COMPENSATING", release=False, failure=failure)
    return True


def end(turn: Turn, kind: EventType, payload: JSON, *, result: Any = None, failure: Any = None) -> bool:
    """The instance ends: messages left in the inbox are recorded, children and parent are told."""
    inbox.admit(turn, ended=True)
    if turn.history.incidents:
        turn.record(NewEvent(EventType.INCIDENT_RESOLVED, {"resolution": f"The instance ended {kind}."}))
    event = NewEvent(kind, payload, created_at=turn.now())
    facts = Settle(kind.value, result=result, failure=failure, finished_at=event.created_at)
    family = turn.lease.parent_id or turn.history.awaits_children
    written = _written(
        turn, event, lambda: children.end(turn, facts) if family else turn.flush(facts, compare_inbox=True)
    )
    if written:
        turn.ended = facts
    return written


def end_rollback(turn: Turn, failed: list[JSON]) -> bool:
    """COMPENSATED; or COMPENSATION_FAILED with an incident for each undo that failed for good."""
    failure = turn.history.failure
    if not failed:
        return end(turn, EventType.COMPENSATED, {"failure": failure}, failure=failure)
    turn.record(NewEvent(EventType.COMPENSATION_FAILED, {"failure": failure, "undos": [f["step_key"] for f in failed]}))
    for incident in failed:
        turn.record(NewEvent(EventType.INCIDENT_OPENED, incident_payload(turn, incident), incident["step_key"]))
    return turn.flush(Settle("COMPENSATION_FAILED", waiting_for=["INCIDENT"], failure=failure))


# -- without a definition ---------------------------------------------------------------------------------------------


def give_back_unknown(lease: Lease, message: str) -> None:
    """This process does not know the definition: leave it to others; recovery makes it an incident in time."""
    del message
    fetch(
        """UPDATE workflow_instance SET worker_id = NULL, wake_at = workflow_now() + make_interval(secs => %(pause)s)
        WHERE id = %(id)s::text::uuid AND token = %(token)s AND worker_id = %(worker)s::text::uuid""",
        {"id": lease.id, "token": lease.token, "worker": lease.worker_id, "pause": UNKNOWN_DEFINITION_PAUSE_SECONDS},
    )
