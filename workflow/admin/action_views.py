"""Asking about an action and carrying it out: permission, reason, one effect for one page, the client's own words.

The token of the page is claimed in the transaction of the command: a double click finds it used and does nothing; a
refused command leaves no trace, and the same page may be submitted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from workflow.admin.actions import INCIDENT_ACTIONS, INSTANCE_ACTIONS, Action
from workflow.admin.forms import ConfirmForm
from workflow.admin.instance_page import instance_url
from workflow.client import Started
from workflow.core.errors import IdempotencyMismatch, InstanceNotFound, InvalidInput, WorkflowError
from workflow.engine import idempotency
from workflow.models import Incident, IncidentStatus
from workflow.queries import instances
from workflow.queries.incidents import IncidentNotFound, get_incident

if TYPE_CHECKING:
    from workflow.admin.site import ControlSite

USED = "This page was submitted before with something else in it. Open the action anew."


@dataclass(frozen=True)
class Target:
    """What an action is about: keyword and value for the verb, its screen, its name, and a first guess at fields."""

    keyword: str
    value: Any
    url: str
    name: str
    initial: Mapping[str, Any]


class ActionViews:
    """The two addresses of actions, for a site."""

    def __init__(self, site: ControlSite) -> None:
        self.site = site

    def instance_action(self, request: HttpRequest, instance_id: str, name: str) -> HttpResponse:
        return self._action(request, INSTANCE_ACTIONS, name, lambda: _instance_target(request, instance_id))

    def incident_action(self, request: HttpRequest, incident_id: int, name: str) -> HttpResponse:
        return self._action(request, INCIDENT_ACTIONS, name, lambda: _incident_target(incident_id))

    def _action(
        self, request: HttpRequest, actions: Mapping[str, Action], name: str, find: Callable[[], Target]
    ) -> HttpResponse:
        """The same checks for the question and for the answer."""
        if name not in actions:
            raise Http404(f"There is no action {name}.")
        action = actions[name]
        user: Any = request.user  # staff, by admin_view
        if not user.has_perm(action.full_permission):
            raise PermissionDenied(f"It takes the permission {action.full_permission}.")
        try:
            target = find()
        except (InstanceNotFound, IncidentNotFound) as error:
            raise Http404(error.message) from error
        if request.method != "POST":
            return self._ask(request, action, target, action.form(initial=dict(target.initial)))
        form = action.form(request.POST)
        if not form.is_valid():
            return self._ask(request, action, target, form, HTTPStatus.BAD_REQUEST)
        try:
            answer = carry_out_once(action, target, form, user)
        except WorkflowError as error:
            form.add_error(None, USED if isinstance(error, IdempotencyMismatch) else error.message)
            status = HTTPStatus.BAD_REQUEST if isinstance(error, InvalidInput) else HTTPStatus.CONFLICT
            return self._ask(request, action, target, form, status)
        messages.add_message(request, messages.SUCCESS if answer.is_first else messages.INFO, answer.words)
        return HttpResponseRedirect(answer.url)

    def _ask(
        self, request: HttpRequest, action: Action, target: Target, form: ConfirmForm, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        context = {
            **self.site.each_context(request),
            "title": action.label,
            "action": action,
            "target": target,
            "form": form,
        }
        return TemplateResponse(request, "admin/workflow/action.html", context, status=status)


@dataclass(frozen=True)
class Answer:
    """What the person is told, and the screen that shows it."""

    words: str
    url: str
    is_first: bool


def carry_out_once(action: Action, target: Target, form: ConfirmForm, user: Any) -> Answer:
    """Claim the page's token, act, and keep the answer: one commit. Errors: those of the verb, IdempotencyMismatch."""
    scope, key = f"admin:{user.pk}", form.cleaned_data["token"]
    asked = form.asked()
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        earlier = idempotency.claim(scope, key, [action.name, str(target.value), asked], using=DEFAULT_DB_ALIAS)
        if earlier is not None:
            return Answer("This was submitted before; it was done once.", earlier.answer["url"], is_first=False)
        given = action.verb(**{target.keyword: target.value}, actor_id=user.get_username(), **asked)
        answer = _answer(action, target, given)
        idempotency.remember(scope, key, instance_id=None, answer={"url": answer.url}, using=DEFAULT_DB_ALIAS)
        return answer


def _answer(action: Action, target: Target, given: Any) -> Answer:
    if isinstance(given, Started):
        words = f"{action.label}: a new instance began; this is it."
        return Answer(words, instance_url(given.instance_id), is_first=True)
    return Answer(
        f"{action.label}: accepted for {target.name}. The timeline shows what follows.", target.url, is_first=True
    )


def _instance_target(request: HttpRequest, instance_id: str) -> Target:
    row = instances.get_instance(instance_id)
    blocked = (
        Incident.objects.filter(instance_id=row.pk).exclude(status=IncidentStatus.RESOLVED).order_by("-pk").first()
    )
    initial = {"step_key": blocked.step_key if blocked is not None else "", "action": request.GET.get("action", "")}
    return Target("instance_id", str(row.pk), instance_url(row.pk), str(row), initial)


def _incident_target(incident_id: int) -> Target:
    incident = get_incident(incident_id)
    url = reverse("admin:workflow_incident_change", args=[incident.pk])
    return Target("incident_id", incident.pk, url, f"incident {incident.pk}", {})
