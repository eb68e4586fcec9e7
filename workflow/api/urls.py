"""Addresses under /api/ that belong to no single application."""

from __future__ import annotations

from django.urls import path

from workflow.api import docs, operator_views
from workflow.api.command_views import AcknowledgeIncidentView, ResolveIncidentView, command_view
from workflow.api.commands import COMMANDS
from workflow.api.replay_view import ReplayView

WORKFLOW = "admin/workflows/<slug:workflow>"
INSTANCE = f"{WORKFLOW}/<str:instance_id>"

urlpatterns = [
    path("schema", docs.SchemaView.as_view(), name="schema"),
    path("docs", docs.DocsView.as_view(), name="docs"),
    path("problems", docs.ProblemsView.as_view()),
    path("problems/<slug:code>", docs.ProblemView.as_view()),
    path("admin/workflows", operator_views.WorkflowsView.as_view()),
    path("admin/incidents/<int:incident_id>/acknowledge", AcknowledgeIncidentView.as_view()),
    path("admin/incidents/<int:incident_id>/resolve", ResolveIncidentView.as_view()),
    path("admin/replay/<str:instance_id>", ReplayView.as_view()),
    path(WORKFLOW, operator_views.InstancesView.as_view()),
    path(f"{WORKFLOW}/dashboard", operator_views.DashboardView.as_view()),
    path(f"{WORKFLOW}/incidents", operator_views.IncidentsView.as_view()),
    path(f"{WORKFLOW}/definition/v<int:version>", operator_views.DefinitionView.as_view()),
    path(INSTANCE, operator_views.InstanceView.as_view()),
    path(f"{INSTANCE}/timeline", operator_views.TimelineView.as_view()),
    *(path(f"{INSTANCE}/{command.path}", command_view(command).as_view()) for command in COMMANDS),
]
