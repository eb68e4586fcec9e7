"""The addresses that operators know: `/admin/onboarding?status=ACTIVE`, `/admin/onboarding/{id}/timeline` and others.

A browser gets the screen. `Accept: application/json`, or an API key, gets what the operators' API answers at its own
address for the same thing: that view itself answers, with its credentials, permissions, throttle and problem details.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, register_converter, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from workflow.admin.definitions import DefinitionAdmin
from workflow.admin.instance_page import instance_url
from workflow.admin.values import Shown
from workflow.core.errors import InstanceNotFound
from workflow.core.registry import registry
from workflow.engine.replayer import Verdict, replay
from workflow.models import DeployedDefinition, Instance

if TYPE_CHECKING:
    from workflow.admin.site import ControlSite

API = "/api/admin"
LIST_FILTERS = ("status", "state", "version", "live")
VERDICTS = {
    Verdict.CLEAN: ("good", "Clean: the row agrees with its history, and today's code would repeat it."),
    Verdict.DIVERGED: (
        "bad",
        "Diverged: today's code would not repeat this history. Put it back, or give it a version.",
    ),
    Verdict.ROW_DIFFERS: ("bad", "The stored row is not what its history says. Do not act on it; tell a developer."),
    Verdict.NO_DEFINITION: ("waiting", "This process does not have the code of this version, so nothing can be said."),
}
Screen = Callable[..., HttpResponseBase]


class WorkflowName:
    """The name of a workflow whose code this process has; any other address is Django's."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        if not any(definition.name == value for definition in registry):
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(WorkflowName, "workflow_name")


def wants_json(request: HttpRequest) -> bool:
    """An API key, or JSON preferred to a page."""
    if "X-API-Key" in request.headers or "Authorization" in request.headers:
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


class OperatorPaths:
    """The addresses, for a site. A screen is asked for by the site's own rules: staff only, CSRF checked."""

    def __init__(self, site: ControlSite) -> None:
        self.site = site

    @property
    def urls(self) -> list[Any]:
        workflow = "<workflow_name:workflow>"
        instance = f"{workflow}/<uuid:instance_id>"
        return [
            path(
                "replay/<uuid:instance_id>", self._either("replay/{instance_id}", replay_screen), name="workflow_replay"
            ),
            path(workflow, self._either("workflows/{workflow}", list_screen)),
            path(f"{workflow}/dashboard", self._either("workflows/{workflow}/dashboard", dashboard_screen)),
            path(f"{workflow}/incidents", self._either("workflows/{workflow}/incidents", incidents_screen)),
            path(
                f"{workflow}/definition/v<int:version>",
                self._either("workflows/{workflow}/definition/v{version}", definition_screen),
            ),
            path(instance, self._either("workflows/{workflow}/{instance_id}", instance_screen)),
            path(f"{instance}/timeline", self._either("workflows/{workflow}/{instance_id}/timeline", instance_screen)),
        ]

    def _either(self, address: str, screen: Screen) -> Callable[..., HttpResponseBase]:
        page = self.site.admin_view(partial(screen, self.site))

        @csrf_exempt  # the API checks a session's token itself, and the page's view its own
        def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if not wants_json(request):
                answer: HttpResponseBase = page(request, **parts)
            else:
                found = resolve(f"{API}/{address.format(**parts)}")
                answer = found.func(request, *found.args, **found.kwargs)
            patch_vary_headers(answer, ["Accept"])
            return answer

        return view


# -- screens ----------------------------------------------------------------------------------------------------------


def list_screen(site: ControlSite, request: HttpRequest, workflow: str) -> HttpResponse:  # noqa: ARG001
    """The list itself has more to choose from, under an address of its own."""
    chosen = {"workflow": workflow} | {name: request.GET[name] for name in LIST_FILTERS if name in request.GET}
    for name in ("business_key", "correlation_id", "q"):
        if name in request.GET:
            chosen["q"] = request.GET[name]
    return HttpResponseRedirect(f"{reverse('admin:workflow_instance_changelist')}?{urlencode(chosen)}")


def incidents_screen(site: ControlSite, request: HttpRequest, workflow: str) -> HttpResponse:  # noqa: ARG001
    chosen = {"workflow": workflow} | {name: request.GET[name] for name in ("status",) if name in request.GET}
    return HttpResponseRedirect(f"{reverse('admin:workflow_incident_changelist')}?{urlencode(chosen)}")


def dashboard_screen(site: ControlSite, request: HttpRequest, workflow: str) -> HttpResponseBase:
    return site.index(request, {"workflow": workflow})


def instance_screen(
    site: ControlSite,
    request: HttpRequest,
    workflow: str,  # noqa: ARG001
    instance_id: UUID,
) -> HttpResponse:
    return site.screen(Instance).change_view(request, str(instance_id))


def definition_screen(site: ControlSite, request: HttpRequest, workflow: str, version: int) -> HttpResponse:
    screen = site.screen(DeployedDefinition)
    assert isinstance(screen, DefinitionAdmin)
    return screen.version_view(request, workflow, version)


def replay_screen(site: ControlSite, request: HttpRequest, instance_id: UUID) -> HttpResponse:
    """Replay one history, without any effect; the verdict in words."""
    if not site.screen(Instance).has_view_permission(request):
        raise PermissionDenied("It takes the permission workflow.view_instance.")
    if request.method != "POST":
        return HttpResponseRedirect(instance_url(instance_id))
    try:
        report = replay(str(instance_id))
    except InstanceNotFound as error:
        raise Http404(error.message) from error
    shown = Shown(request.user)
    context = {
        **site.each_context(request),
        "title": "Replay",
        "report": report,
        "words": VERDICTS[report.verdict],
        "url": instance_url(instance_id),
        "differences": [
            (found.what, shown.text(found.stored), shown.text(found.folded)) for found in report.differences
        ],
        "expected": shown.text(report.divergence.expected) if report.divergence else "",
        "found": shown.text(report.divergence.found) if report.divergence else "",
    }
    return TemplateResponse(request, "admin/workflow/replay.html", context)
