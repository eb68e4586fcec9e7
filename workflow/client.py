"""The one front door: start, act, signal, the staff commands, and reading one instance. Keyword-only after the first.

Writes on `default` and joins the caller's transaction; inside `atomic()` nothing is driven inline.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.core.definition import Definition
from workflow.core.errors import InvalidInput, NotPossibleNow, WorkflowError
from workflow.core.machine import Actor, Machine
from workflow.core.registry import registry
from workflow.engine import admission, incidents, results, staff, staff_steps
from workflow.engine.admission import Message
from workflow.engine.answers import ActionResult
from workflow.engine.description import Description, describe_instance, instance_row
from workflow.engine.staff import Command
from workflow.engine.starting import IfFinished, IfLive, Started, StartRequest, accept_input, start_requested

Startable = str | Definition[Any, Any] | type[Machine]


class WorkflowEndedError(WorkflowError):
    """The instance ended in anything but COMPLETED."""

    code = "workflow-ended"

    def __init__(self, status: str, failure: Mapping[str, Any] | None) -> None:
        super().__init__(f"The instance ended {status}.", status=status, failure=failure)
        self.status, self.failure = status, failure


def start(
    definition: Startable,
    input: Any,  # noqa: A002
    *,
    version: int | None = None,
    business_key: str | None = None,
    actor: Actor = Actor.SYSTEM,
    actor_id: str | None = None,
    idempotency_key: str | None = None,
    scope: str = "",
    correlation_id: str | None = None,
    if_live: IfLive = IfLive.RETURN,
    if_finished: IfFinished = IfFinished.START,
    start_at: datetime | None = None,
    signal: tuple[str, Any] | None = None,
    queue: str | None = None,
    priority: int | None = None,
    changes: Mapping[str, int] | None = None,
    retried_from: str | None = None,
    reason: str | None = None,
) -> Started:
    """Start an instance, durable when this returns (inside a transaction: when that commits).

    Errors: UnknownDefinition, InvalidInput, BusinessKeyInUse and AlreadyFinished (as `if_live` and `if_finished` say),
    IdempotencyMismatch.
    """
    chosen = _definition(definition, version)
    typed, raw = accept_input(chosen, input)
    key = business_key if business_key is not None else chosen.business_key(typed) if chosen.business_key else None
    if key is not None and not key.strip():
        raise InvalidInput("The business key is empty; give one that names the business object.")
    return start_requested(
        StartRequest(
            definition=chosen,
            raw_input=raw,
            business_key=key,
            correlation_id=correlation_id or str(uuid.uuid4()),
            actor=actor,
            actor_id=actor_id,
            idempotency_key=idempotency_key,
            scope=f"start:{scope}",
            if_live=if_live,
            if_finished=if_finished,
            start_at=start_at,
            signal=signal,
            queue=queue or chosen.queue,
            priority=chosen.priority if priority is None else priority,
            changes={**chosen.changes, **(changes or {})},
            retried_from=retried_from,
            reason=reason,
        )
    )


def _definition(definition: Startable, version: int | None) -> Definition[Any, Any]:
    if isinstance(definition, Definition):
        return definition
    if isinstance(definition, str):
        return registry.get(definition, version) if version is not None else registry.latest(definition)
    return definition.definition


def act(
    *,
    instance_id: str,
    action: str,
    actor: Actor,
    data: Any = None,
    actor_id: str | None = None,
    idempotency_key: str | None = None,
    scope: str = "",
    correlation_id: str | None = None,
    wait: float | None = None,
) -> ActionResult:
    """Ask a machine for a transition. `wait` in seconds (None: INLINE_BUDGET_SECONDS).

    Errors: InstanceNotFound, ActionNotPossible, ActionRefused, InvalidInput, IdempotencyMismatch, InstanceBusy.
    """
    message = Message(
        instance_id=str(instance_id),
        name=str(action),
        data=data,
        actor=actor,
        actor_id=actor_id,
        correlation_id=correlation_id,
        idempotency_key=idempotency_key,
        scope=f"act:{scope}",
    )
    return admission.act(message, wait)


def signal(
    *,
    instance_id: str,
    name: str,
    data: Any = None,
    actor: Actor = Actor.SYSTEM,
    actor_id: str | None = None,
    idempotency_key: str | None = None,
    scope: str = "",
    correlation_id: str | None = None,
) -> ActionResult:
    """Send a signal to a durable function; `accepted` once stored. Errors: as `act`, and AlreadyFinished."""
    message = Message(
        instance_id=str(instance_id),
        name=name,
        data=data,
        actor=actor,
        actor_id=actor_id,
        correlation_id=correlation_id,
        idempotency_key=idempotency_key,
        scope=f"signal:{scope}",
        kind="SIGNAL",
    )
    return admission.signal(message)


# -- staff ------------------------------------------------------------------------------------------------------------


def cancel(*, instance_id: str, actor_id: str, reason: str) -> None:
    """Roll back after the running step. Errors: PastPivot, AlreadyFinished, NotPossibleNow."""
    staff.cancel(Command(str(instance_id), actor_id, reason))


def terminate(*, instance_id: str, actor_id: str, reason: str) -> None:
    """End at once, without the workflow's code. Undos that remain become an incident."""
    staff.terminate(Command(str(instance_id), actor_id, reason))


def pause(*, instance_id: str, actor_id: str, reason: str) -> None:
    staff.pause(Command(str(instance_id), actor_id, reason))


def resume(*, instance_id: str, actor_id: str, reason: str) -> None:
    """Go on after a pause, or try again what stands in an incident."""
    staff.resume(Command(str(instance_id), actor_id, reason))


def retry_step(
    *,
    instance_id: str,
    actor_id: str,
    reason: str,
    step_key: str | None = None,
    input: Any = None,  # noqa: A002
) -> None:
    """New attempts for the step in an incident; with an edited `input` under a new idempotency key."""
    staff_steps.retry_step(Command(str(instance_id), actor_id, reason), step_key, input)


def complete_step(*, instance_id: str, actor_id: str, reason: str, step_key: str, output: Any) -> None:
    """Staff say what the step's result is."""
    staff_steps.complete_step(Command(str(instance_id), actor_id, reason), step_key, output)


def skip_step(*, instance_id: str, actor_id: str, reason: str, step_key: str, output: Any = None) -> None:
    """Go on without the step; `output` is what its callers get."""
    staff_steps.complete_step(Command(str(instance_id), actor_id, reason), step_key, output, verb="SKIP_STEP")


def compensate(*, instance_id: str, actor_id: str, reason: str) -> None:
    """Roll back by staff; where a rollback failed, try the failed undos again."""
    staff.compensate(Command(str(instance_id), actor_id, reason))


def resolve_compensation(*, instance_id: str, actor_id: str, reason: str) -> None:
    """COMPENSATION_FAILED to COMPENSATED, by a person's word."""
    staff.resolve_compensation(Command(str(instance_id), actor_id, reason))


def restart(*, instance_id: str, actor_id: str, reason: str, version: int | None = None) -> Started:
    """Start an ended instance anew, from its input (`retried_from_id` names it)."""
    Command(instance_id, actor_id, reason)
    ended = instance_row(instance_id)
    if ended.finished_at is None:
        raise NotPossibleNow("It has not ended; cancel or terminate it first.")
    return start(
        ended.workflow,
        ended.input,
        version=version,
        business_key=ended.business_key,
        actor=Actor.STAFF,
        actor_id=actor_id,
        correlation_id=ended.correlation_id,
        if_live=IfLive.REFUSE,
        queue=ended.queue,
        priority=ended.priority,
        retried_from=str(ended.id),
        reason=reason,
    )


def open_incident(
    *,
    kind: str,
    message: str,
    subject: str,
    severity: str = "ERROR",
    details: Mapping[str, Any] | None = None,
    instance_id: str | None = None,
) -> int:
    """An application's own incident (an auditor's finding); the same subject is open at most once."""
    return incidents.open_incident(
        kind=kind,
        message=message,
        subject=subject,
        severity=severity,
        details=dict(details or {}),
        instance_id=str(instance_id) if instance_id else None,
    )


def acknowledge_incident(*, incident_id: int, actor_id: str) -> None:
    incidents.acknowledge(incident_id, actor_id)


def resolve_incident(*, incident_id: int, actor_id: str, resolution: str) -> None:
    incidents.resolve(incident_id, actor_id, resolution)


def describe(instance_id: str) -> Description:
    """One instance as a caller may see it. Errors: InstanceNotFound."""
    return describe_instance(str(instance_id))


def result(instance_id: str, *, timeout: float | None = None) -> Any:
    """Wait for the end and answer the result. `timeout` in seconds. Errors: WorkflowEndedError, TimeoutError."""
    end = results.await_end(str(instance_id), timeout)
    if end.status != "COMPLETED":
        raise WorkflowEndedError(end.status, end.failure)
    return end.result


__all__ = [
    "ActionResult",
    "Actor",
    "Description",
    "IfFinished",
    "IfLive",
    "Started",
    "WorkflowEndedError",
    "WorkflowError",
    "acknowledge_incident",
    "act",
    "cancel",
    "compensate",
    "complete_step",
    "describe",
    "open_incident",
    "pause",
    "resolve_compensation",
    "resolve_incident",
    "restart",
    "result",
    "resume",
    "retry_step",
    "signal",
    "skip_step",
    "start",
    "terminate",
]
