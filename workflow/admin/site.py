"""The admin site: Django's own, with our theme, the dashboard as first page, actions, and the operators' addresses."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path

from workflow.admin.read_only import ReadOnlyAdmin

TABS = (
    ("Instances", "instance"),
    ("Incidents", "incident"),
    ("Attempts", "stepexecution"),
    ("Events", "workflowevent"),
    ("Inbox", "inboxmessage"),
    ("Workers", "worker"),
    ("Definitions", "deployeddefinition"),
)


class ControlSite(admin.AdminSite):
    site_header = "Steadfast"
    site_title = "Steadfast"
    index_title = "Dashboard"
    index_template = "admin/workflow/dashboard.html"
    enable_nav_sidebar = False
    site_url = None

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The dashboard, for those who may see instances; the list of models for everybody else."""
        from workflow.admin.dashboard import read_dashboard

        extra = dict(extra_context or {})
        user: Any = request.user
        if user.has_perm("workflow.view_instance"):
            dashboard = read_dashboard()
            if "workflow" in extra:
                dashboard.rows = [row for row in dashboard.rows if row.workflow == extra["workflow"]]
            extra["dashboard"] = dashboard
        return super().index(request, extra)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The tabs at the top: the screens that this person may see."""
        context: dict[str, Any] = super().each_context(request)
        user: Any = request.user
        may = user.has_perm
        tabs = [
            (label, f"admin:workflow_{model}_changelist", model)
            for label, model in TABS
            if may(f"workflow.view_{model}")
        ]
        return {**context, "wf_tabs": tabs}

    def get_urls(self) -> list[Any]:
        from workflow.admin.action_views import ActionViews
        from workflow.admin.operators import OperatorPaths

        views = ActionViews(self)
        return [
            path(
                "workflow/instance/<uuid:instance_id>/do/<slug:name>/",
                self.admin_view(views.instance_action),
                name="workflow_instance_action",
            ),
            path(
                "workflow/incident/<int:incident_id>/do/<slug:name>/",
                self.admin_view(views.incident_action),
                name="workflow_incident_action",
            ),
            *OperatorPaths(self).urls,
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Django's, but a person without the permission reads what to do."""

        @wraps(view)
        def permitted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied as error:
                context = {**self.each_context(request), "title": "Not permitted", "words": str(error)}
                return TemplateResponse(request, "admin/workflow/not_permitted.html", context, status=403)

        return super().admin_view(permitted, cacheable)

    def screen(self, model: type[Model]) -> ReadOnlyAdmin:
        """The screen of one of the workflow's models."""
        found = self._registry[model]
        assert isinstance(found, ReadOnlyAdmin)
        return found
