"""What each event means for the folded history: one short rule an event type. Those without a rule only people read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workflow.core.events import JSON, Event, EventType
from workflow.core.recorded import Attempt, RecordedSignal

if TYPE_CHECKING:
    from workflow.core.history import History

E = EventType

STATUS_OF: dict[EventType, str] = {
    E.STARTED: "ACTIVE",
    E.COMPENSATING: "COMPENSATING",
    E.COMPENSATION_FAILED: "COMPENSATION_FAILED",
    E.COMPLETED: "COMPLETED",
    E.COMPENSATED: "COMPENSATED",
    E.FAILED: "FAILED",
    E.CANCELLED: "CANCELLED",
    E.TIMED_OUT: "TIMED_OUT",
    E.PAUSED: "PAUSED",
}

Rule = Callable[["History", Event], None]


def _started(history: History, event: Event) -> None:
    history.input = event.payload.get("input")
    history.changes = event.payload.get("changes") or {}
    history.started_at = max(event.created_at, _instant(event.payload.get("start_at")) or event.created_at)


def _step_started(history: History, event: Event) -> None:
    payload = event.payload
    recorded = history.step(payload, event.step_key, event.sequence_number)
    history.move(event.created_at)
    recorded.attempt = payload["attempt"]
    recorded.generation = payload.get("generation", 1)
    recorded.latest = Attempt.RUNNING
    recorded.reconciles, recorded.reconciled_not_done, recorded.next_attempt_at = 0, False, None
    recorded.first_started_at = recorded.first_started_at or event.created_at
    recorded.idempotency_key = payload.get("key")
    recorded.undo, recorded.ref = payload.get("undo"), payload.get("ref")


def _step_completed(history: History, event: Event) -> None:
    payload = event.payload
    recorded = history.step(payload, event.step_key, event.sequence_number)
    history.move(event.created_at)
    recorded.concluded, recorded.latest = True, Attempt.COMPLETED
    recorded.output, recorded.error, recorded.at = payload.get("output"), None, event.created_at
    recorded.attempt = payload.get("attempt", recorded.attempt)
    recorded.undo, recorded.ref = payload.get("undo", recorded.undo), payload.get("ref", recorded.ref)
    if payload.get("pivot"):
        recorded.pivot = history.pivoted = True


def _step_failed(history: History, event: Event) -> None:
    payload = event.payload
    recorded = history.step(payload, event.step_key, event.sequence_number)
    outcome = Attempt(payload["outcome"])
    recorded.latest, recorded.error = outcome, payload.get("error")
    recorded.attempt = payload.get("attempt", recorded.attempt)
    recorded.ref = payload.get("ref", recorded.ref)  # of an atomic step, which has no intent
    if payload.get("counts", True):
        recorded.failures += 1
    if payload.get("final"):
        recorded.concluded, recorded.at = True, event.created_at
    if outcome in (Attempt.UNKNOWN, Attempt.TIMED_OUT):
        recorded.unknown_since = event.created_at
        history.stand(event.created_at)
    else:
        history.move(event.created_at)


def _retry_scheduled(history: History, event: Event) -> None:
    payload = event.payload
    recorded = history.step(payload, event.step_key, event.sequence_number)
    recorded.next_attempt_at = _instant(payload.get("next_attempt_at"))
    if "reconcile" in payload:
        recorded.reconciles = payload["reconcile"]
        recorded.unknown_since = recorded.unknown_since or event.created_at
        history.stand(event.created_at)
    recorded.reconciled_not_done = payload.get("not_done", False)


def _side_effect(history: History, event: Event) -> None:
    _conclude(history, event, event.payload.get("value"))


def _conclude(history: History, event: Event, output: Any) -> None:
    recorded = history.commands[event.payload["position"]]
    recorded.concluded, recorded.output = True, output


def _marker(history: History, event: Event) -> None:
    history.markers[event.payload["change"]] = event.payload["version"]


def _wait_started(history: History, event: Event) -> None:
    recorded = history.commands[event.payload["position"]]
    recorded.names, recorded.until = tuple(event.payload["names"]), _instant(event.payload.get("until"))
    history.awaited = recorded.names
    history.stand(event.created_at)


def _timer_started(history: History, event: Event) -> None:
    history.commands[event.payload["position"]].until = _instant(event.payload["until"])


def _timer_fired(history: History, event: Event) -> None:
    recorded = history.commands[event.payload["position"]]
    recorded.fired_sequence, recorded.concluded, recorded.at = event.sequence_number, True, event.created_at
    history.awaited = ()
    history.move(event.created_at)


def _signal(history: History, event: Event) -> None:
    payload = event.payload
    if payload.get("ignored"):
        return
    history.signals.append(
        RecordedSignal(
            event.sequence_number,
            payload["name"],
            payload.get("data"),
            event.actor,
            event.actor_id,
            event.created_at,
            payload.get("inbox"),
        )
    )
    if payload["name"] in history.awaited:
        history.awaited = ()
        history.move(event.created_at)


def _child_started(history: History, event: Event) -> None:
    history.awaited = ("CHILD",)
    history.stand(event.created_at)


def _child_ended(history: History, event: Event) -> None:
    history.children[event.payload["child_id"]] = event.payload
    history.awaited = ()
    history.move(event.created_at)


def _state_entered(history: History, event: Event) -> None:
    history.state = event.payload["state"]
    history.memory = {**history.memory, **event.payload.get("memory", {})}
    _conclude(history, event, None)


def _published(history: History, event: Event) -> None:
    if "position" in event.payload:
        _conclude(history, event, None)


def _continued(history: History, event: Event) -> None:
    """A new history begins: only what the cursor carries is kept."""
    history.input = event.payload["input"]
    history.started_at, history.standing, history.standing_since = event.created_at, timedelta(0), None
    history.commands.clear()
    history.children.clear()
    history.restore(event.payload["cursor"])
    history.base = event.sequence_number


def _incident_opened(history: History, event: Event) -> None:
    history.incidents += 1
    history.stand(event.created_at)


def _incident_resolved(history: History, event: Event) -> None:
    history.incidents = max(history.incidents - 1, 0)
    history.resume_clock(event.created_at)


def _paused(history: History, event: Event) -> None:
    history.resume_status, history.pause = history.status, None
    history.stand(event.created_at)


def _resumed(history: History, event: Event) -> None:
    if history.status == "PAUSED":
        history.status, history.resume_status = history.resume_status or "ACTIVE", None
    history.pause = None
    history.resume_clock(event.created_at)


def _staff_action(history: History, event: Event) -> None:
    payload = event.payload
    match payload["verb"]:
        case "CANCEL":
            history.cancel = {"reason": payload.get("reason"), "actor_id": event.actor_id}
        case "PAUSE":
            history.pause = {"reason": payload.get("reason"), "actor_id": event.actor_id}
        case "RETRY_STEP":
            _retry_granted(history, payload)


def _retry_granted(history: History, payload: JSON) -> None:
    recorded = history.step(payload, payload.get("step_key", ""), history.sequence_number)
    recorded.failures, recorded.next_attempt_at, recorded.concluded = 0, None, False
    recorded.first_started_at = recorded.unknown_since = None
    recorded.reconciles = 0
    if "input" in payload:
        recorded.staff_input = payload["input"]
        recorded.generation += 1


def _compensating(history: History, event: Event) -> None:
    """What is not known to have ended is looked into anew: whether it can still happen is another question now."""
    history.failure = event.payload.get("failure")
    history.compensating_at = event.created_at
    for recorded in history.commands.values():
        recorded.reconciles, recorded.reconciled_not_done, recorded.next_attempt_at = 0, False, None
    history.awaited = ()
    history.move(event.created_at)


def _ended(history: History, event: Event) -> None:
    history.result = event.payload.get("result")
    history.failure = event.payload.get("failure", history.failure)
    history.move(event.created_at)


def _recovered(history: History, _event: Event) -> None:
    history.recoveries += 1


def _with_status(rule: Rule) -> Rule:
    def apply(history: History, event: Event) -> None:
        rule(history, event)
        history.status = STATUS_OF[event.type]

    return apply


RULES: dict[EventType, Rule] = {
    E.STARTED: _with_status(_started),
    E.STEP_STARTED: _step_started,
    E.STEP_COMPLETED: _step_completed,
    E.SAGA_COMPENSATION: _step_completed,
    E.STEP_FAILED: _step_failed,
    E.RETRY_SCHEDULED: _retry_scheduled,
    E.SIDE_EFFECT: _side_effect,
    E.VERSION_MARKER: _marker,
    E.WAIT_STARTED: _wait_started,
    E.TIMER_STARTED: _timer_started,
    E.TIMER_FIRED: _timer_fired,
    E.SIGNAL_RECEIVED: _signal,
    E.CHILD_STARTED: _child_started,
    E.CHILD_ENDED: _child_ended,
    E.STATE_ENTERED: _state_entered,
    E.MESSAGE_PUBLISHED: _published,
    E.CONTINUED: _continued,
    E.INCIDENT_OPENED: _incident_opened,
    E.INCIDENT_RESOLVED: _incident_resolved,
    E.PAUSED: _with_status(_paused),
    E.RESUMED: _resumed,
    E.STAFF_ACTION: _staff_action,
    E.COMPENSATING: _with_status(_compensating),
    E.COMPENSATION_FAILED: _with_status(_compensating),
    E.RECOVERY: _recovered,
    **{kind: _with_status(_ended) for kind in (E.COMPLETED, E.COMPENSATED, E.FAILED, E.CANCELLED, E.TIMED_OUT)},
}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
