"""What staff can do: each action with its permission, its question, and the verb of `workflow.client` that it calls.

`groups` makes the permissions from this list; `action_views` asks, checks and carries out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from workflow import client
from workflow.admin.forms import (
    CompleteStepForm,
    ConfirmForm,
    DecisionForm,
    ReasonForm,
    ResolutionForm,
    RetryStepForm,
    SkipStepForm,
)
from workflow.client import Actor
from workflow.models import IncidentStatus, Instance, Status

APP = "workflow"


@dataclass(frozen=True)
class Action:
    """`effect` says what happens, in a sentence; `suits` whether the row's page offers it."""

    name: str
    label: str
    effect: str
    permission: str
    may: str
    verb: Callable[..., Any]
    suits: Callable[[Any], bool]
    form: type[ConfirmForm] = ReasonForm
    is_grave: bool = False

    @property
    def full_permission(self) -> str:
        return f"{APP}.{self.permission}"


@dataclass(frozen=True)
class Offer:
    """A button: an action of an object, and where it is asked about."""

    label: str
    url: str
    is_grave: bool


def _is_stoppable(row: Instance) -> bool:
    return row.status in (Status.ACTIVE, Status.PAUSED)


def _is_blocked(row: Instance) -> bool:
    return row.is_live and row.is_waiting_for_incident


def _decide(*, instance_id: str, actor_id: str, reason: str, action: str, data: Any = None) -> Any:
    """A machine's own action that waits for staff; the reason is part of its data."""
    told = {"reason": reason, **(data or {})}
    return client.act(instance_id=instance_id, action=action, actor=Actor.STAFF, actor_id=actor_id, data=told)


def _resolve(*, incident_id: int, actor_id: str, reason: str) -> None:
    client.resolve_incident(incident_id=incident_id, actor_id=actor_id, resolution=reason)


INSTANCE_ACTIONS = {
    action.name: action
    for action in (
        Action(
            "decide",
            "Decide",
            "The workflow takes the decision and goes on.",
            "decide_instance",
            "Can take the decisions that workflows leave to staff",
            _decide,
            lambda row: bool(decisions(row)),
            DecisionForm,
        ),
        Action(
            "resume",
            "Resume",
            "It goes on where it stands: after a pause, or by trying again what failed.",
            "resume_instance",
            "Can resume instances",
            client.resume,
            lambda row: row.status == Status.PAUSED or _is_blocked(row),
        ),
        Action(
            "retry-step",
            "Retry step",
            "The step gets new attempts. With another input it runs under a new idempotency key.",
            "retry_step",
            "Can retry steps",
            client.retry_step,
            _is_blocked,
            RetryStepForm,
        ),
        Action(
            "complete-step",
            "Complete step",
            "The step counts as done, with the output that you give.",
            "complete_step",
            "Can complete steps by hand",
            client.complete_step,
            _is_blocked,
            CompleteStepForm,
        ),
        Action(
            "skip-step",
            "Skip step",
            "The instance goes on without the step.",
            "skip_step",
            "Can skip steps",
            client.skip_step,
            _is_blocked,
            SkipStepForm,
            is_grave=True,
        ),
        Action(
            "pause",
            "Pause",
            "No further step begins until somebody resumes it. What runs now may end.",
            "pause_instance",
            "Can pause instances",
            client.pause,
            lambda row: row.status in (Status.ACTIVE, Status.COMPENSATING) and not row.is_waiting_for_incident,
        ),
        Action(
            "cancel",
            "Cancel",
            "The running step may end; then everything done so far is undone, last first.",
            "cancel_instance",
            "Can cancel instances",
            client.cancel,
            _is_stoppable,
            is_grave=True,
        ),
        Action(
            "compensate",
            "Compensate",
            "Everything done so far is undone, last first; where a rollback failed, the failed undos are tried again.",
            "compensate_instance",
            "Can roll instances back",
            client.compensate,
            lambda row: row.status in (Status.ACTIVE, Status.PAUSED, Status.COMPENSATION_FAILED),
            is_grave=True,
        ),
        Action(
            "resolve-compensation",
            "Resolve compensation",
            "What the rollback left was undone by hand: it counts as rolled back, by your word.",
            "resolve_compensation",
            "Can resolve failed rollbacks by hand",
            client.resolve_compensation,
            lambda row: row.status == Status.COMPENSATION_FAILED,
            is_grave=True,
        ),
        Action(
            "terminate",
            "Terminate",
            "It ends at once, whatever runs. Nothing is undone; undos that remain become an incident.",
            "terminate_instance",
            "Can terminate instances",
            client.terminate,
            lambda row: row.is_live and row.status != Status.COMPENSATION_FAILED,
            is_grave=True,
        ),
        Action(
            "restart",
            "Restart",
            "A new instance begins with the same input and business key. This one stays as it is.",
            "restart_instance",
            "Can restart ended instances",
            client.restart,
            lambda row: not row.is_live,
        ),
    )
}
INCIDENT_ACTIONS = {
    action.name: action
    for action in (
        Action(
            "acknowledge",
            "Acknowledge",
            "Others see that you have it.",
            "acknowledge_incident",
            "Can acknowledge incidents",
            client.acknowledge_incident,
            lambda row: row.status == IncidentStatus.OPEN,
            ConfirmForm,
        ),
        Action(
            "resolve",
            "Resolve",
            "It is settled. An incident that blocks its instance ends with that instance's own actions instead.",
            "resolve_incident",
            "Can resolve incidents",
            _resolve,
            lambda row: row.status != IncidentStatus.RESOLVED,
            ResolutionForm,
        ),
    )
}


def decisions(row: Instance) -> list[str]:
    """The actions that the machine's state leaves to staff."""
    if not row.is_live or row.status != Status.ACTIVE:
        return []
    possible = client.describe(str(row.pk)).possible_actions
    return [action for action, actors in possible if Actor.STAFF in actors]


def offered(row: Instance, user: Any) -> list[Offer]:
    """The buttons of an instance's page."""
    offers = []
    for action in INSTANCE_ACTIONS.values():
        if not (user.has_perm(action.full_permission) and action.suits(row)):
            continue
        url = reverse("admin:workflow_instance_action", args=[row.pk, action.name])
        if action.form is DecisionForm:
            offers += [Offer(name, f"{url}?action={name}", is_grave=False) for name in decisions(row)]
        else:
            offers.append(Offer(action.label, url, action.is_grave))
    return offers


def offered_for_incident(incident: Any, user: Any, *, is_blocking: bool) -> list[Offer]:
    """One that blocks its instance ends with that instance's actions, so it is not resolved by itself."""
    return [
        Offer(action.label, reverse("admin:workflow_incident_action", args=[incident.pk, action.name]), action.is_grave)
        for action in INCIDENT_ACTIONS.values()
        if user.has_perm(action.full_permission)
        and action.suits(incident)
        and not (is_blocking and action.name == "resolve")
    ]
