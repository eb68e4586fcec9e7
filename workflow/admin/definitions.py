"""Definitions: every version that the code or any worker knows, how many instances run on it, and its graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from workflow.admin import drawing
from workflow.admin.read_only import ReadOnlyAdmin
from workflow.core.errors import UnknownDefinition
from workflow.models import Instance
from workflow.queries import definitions
from workflow.queries.definitions import DefinitionView
from workflow.queries.reading import reading


@dataclass(frozen=True)
class Version:
    """A line of the list."""

    definition: DefinitionView
    running: int

    @property
    def kind(self) -> str:
        return str(self.definition.graph.get("kind", "function")).replace("function", "durable function")


def running_counts() -> dict[tuple[str, int], int]:
    """Live instances by workflow and version, over the index of live instances."""
    with reading():
        rows = Instance.objects.live().order_by().values_list("workflow", "version").annotate(Count("id"))
        return {(workflow, version): count for workflow, version, count in rows}


class DefinitionAdmin(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        running = running_counts()
        found = [
            Version(view, running.get((view.workflow, view.version), 0)) for view in definitions.list_definitions()
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Definitions",
            "versions": found,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/workflow/definitions.html", context)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.version_view)
        return [path("<str:workflow>/v<int:version>/", view, name="workflow_definition_version"), *super().get_urls()]

    def version_view(self, request: HttpRequest, workflow: str, version: int) -> HttpResponse:
        """One version: its graph and its table."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = definitions.get_definition(workflow, version)
        except UnknownDefinition as error:
            raise Http404(error.message) from error
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{workflow} v{version}",
            "definition": found,
            "running": running_counts().get((workflow, version), 0),
            "drawing": drawing.draw(found.graph),
            "transitions": [drawing.row_of(arrow) for arrow in found.graph.get("transitions", ())],
        }
        return TemplateResponse(request, "admin/workflow/definition.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002  Django's
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """The row's number leads to the version's own address."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no definition {object_id}.")
        return HttpResponseRedirect(version_url(row.workflow, row.version))


def version_url(workflow: str, version: int) -> str:
    return reverse("admin:workflow_definition_version", args=[workflow, version])
