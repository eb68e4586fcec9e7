"""The addresses that operators know: `/admin/onboarding?status=ACTIVE`, `/admin/onboarding/{id}/timeline` and others.

A browser gets the screen. `Accept: application/json`, or an API key, gets what the operators' API answers at its own
address for the same thing: that view itself answers, with its credentials, permissions, throttle and problem details.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import path, register_converter, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from workflow.admin.definitions import DefinitionAdmin
from workflow.admin.instance_page import instance_url
from workflow.core.registry import registry
from workflow.models import DeployedDefinition, Instance

if TYPE_CHECKING:
    from workflow.admin.site import ControlSite

API = "/api/admin/workflows"
LIST_FILTERS = ("status", "state", "version", "live")
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
        return [
            path(workflow, self._either("", self.list_screen)),
            path(f"{workflow}/dashboard", self._either("/dashboard", self.dashboard_screen)),
            path(f"{workflow}/incidents", self._either("/incidents", self.incidents_screen)),
            path(f"{workflow}/definition/v<int:version>", self._either("/definition/v{version}", self.definition_screen)),
            path(f"{workflow}/<uuid:instance_id>", self._either("/{instance_id}", self.instance_screen)),
            path(f"{workflow}/<uuid:instance_id>/timeline", self._either("/{instance_id}/timeline", self.instance_screen)),
            path(
                f"{workflow}/<uuid:instance_id>/incidents", self._either("/{instance_id}/incidents", self.its_incidents_screen)
            ),
        ]

    def _either(self, tail: str, screen: Screen) -> Screen:
        page = self.site.admin_view(screen)

        @csrf_exempt  # the API checks a session's token itself, and the page's view its own
        def view(request: HttpRequest, workflow: str, **parts: Any) -> HttpResponseBase:
            if not wants_json(request):
                answer = page(request, workflow, **parts)
            else:
                address = f"{API}/{workflow}{tail.format(**parts)}"
                found = resolve(address)
                answer = found.func(request, *found.args, **found.kwargs)
            patch_vary_headers(answer, ["Accept"])
            return answer

        return view

    # -- screens -------------------------------------------------------------------------------------------------------

    def list_screen(self, request: HttpRequest, workflow: str) -> HttpResponse:
        """The list itself has more to choose from, under names of its own."""
        query = QueryDict(mutable=True)
        query["workflow"] = workflow
        for name in LIST_FILTERS:
            if name in request.GET:
                query[name] = request.GET[name]
        for name in ("business_key", "correlation_id", "q"):
            if name in request.GET:
                query["q"] = request.GET[name]
        return HttpResponseRedirect(f"{reverse('admin:workflow_instance_changelist')}?{query.urlencode()}")

    def dashboard_screen(self, request: HttpRequest, workflow: str) -> HttpResponseBase:
        return self.site.index(request, {"workflow": workflow})

    def incidents_screen(self, request: HttpRequest, workflow: str) -> HttpResponse:
        query = QueryDict(mutable=True)
        query["workflow"] = workflow
        return HttpResponseRedirect(f"{reverse('admin:workflow_incident_changelist')}?{query.urlencode()}")

    def its_incidents_screen(self, request: HttpRequest, workflow: str, instance_id: Any) -> HttpResponse:  # noqa: ARG002
        return HttpResponseRedirect(f"{instance_url(instance_id)}#incidents")

    def instance_screen(self, request: HttpRequest, workflow: str, instance_id: Any) -> HttpResponse:  # noqa: ARG002
        return self.site.screen(Instance).change_view(request, str(instance_id))

    def definition_screen(self, request: HttpRequest, workflow: str, version: int) -> HttpResponse:
        screen = self.site.screen(DeployedDefinition)
        assert isinstance(screen, DefinitionAdmin)
        return screen.version_view(request, workflow, version)
