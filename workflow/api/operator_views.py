"""What operators read: workflows, instances, timelines, definitions, incidents. Staff, or a key with `operator`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from workflow.api import permissions
from workflow.api.credentials import Credential
from workflow.api.operator_forms import IncidentQuery, InstanceQuery, TimelineQuery
from workflow.api.operators import (
    DashboardShape,
    DefinitionShape,
    IncidentPageShape,
    InstanceDetailShape,
    InstancePageShape,
    TimelineShape,
    WorkflowShape,
    shown,
)
from workflow.api.permissions import may_read_values
from workflow.api.scopes import OPERATOR
from workflow.api.views import ApiView
from workflow.queries import definitions, incidents, instances, overview, timeline
from workflow.queries.masks import masked

TAG = "operators"


class OperatorView(ApiView):
    """Staff see personal values inside JSON only with the right to them; a key says by its scopes what it may see."""

    scope = OPERATOR
    staff_permission = permissions.VIEW

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(final, Response) and isinstance(request.auth, Credential) and not request.auth.is_client:
            final.data = masked(final.data, request.user)
        return final


class WorkflowsView(OperatorView):
    @extend_schema(operation_id="listWorkflows", tags=[TAG], responses=WorkflowShape(many=True))
    def get(self, request: Request) -> Response:
        """Every workflow that was ever deployed, with its versions."""
        return Response(WorkflowShape(definitions.list_workflows(), many=True).data)


class DashboardView(OperatorView):
    problems = {"GET": ("unknown-workflow",)}

    @extend_schema(operation_id="getDashboard", tags=[TAG], responses=DashboardShape)
    def get(self, request: Request, workflow: str) -> Response:
        """How the workflow stands now: live instances, endings, backlog, incidents, workers."""
        return Response(DashboardShape(overview.of_workflow(workflow)).data)


class InstancesView(OperatorView):
    problems = {"GET": ("unknown-workflow", "page-too-deep", "malformed-cursor", "query-timed-out")}

    @extend_schema(operation_id="listInstances", tags=[TAG], parameters=[InstanceQuery], responses=InstancePageShape)
    def get(self, request: Request, workflow: str) -> Response:
        """Instances, newest first."""
        chosen = self.read_query(InstanceQuery, request)
        paging = {name: chosen.pop(name, None) for name in ("page", "size", "cursor")}
        definitions.check_known(workflow)
        page = instances.list_instances(instances.InstanceFilter(workflow=workflow, **chosen), **paging)
        return Response(shown(page, InstancePageShape))


class InstanceView(OperatorView):
    problems = {"GET": ("instance-not-found",)}

    @extend_schema(operation_id="getInstance", tags=[TAG], responses=InstanceDetailShape)
    def get(self, request: Request, workflow: str, instance_id: str) -> Response:
        """One instance as it stands now."""
        return Response(instance_body(workflow, instance_id, with_values=may_read_values(request)))


class TimelineView(OperatorView):
    problems = {"GET": ("instance-not-found",)}

    @extend_schema(operation_id="getTimeline", tags=[TAG], parameters=[TimelineQuery], responses=TimelineShape)
    def get(self, request: Request, workflow: str, instance_id: str) -> Response:
        """The history, event by event, each with a sentence; and every attempt of every step."""
        query = self.read_query(TimelineQuery, request)
        found = instances.get_instance(instance_id, workflow=workflow)
        entries = timeline.read_timeline(found.pk, with_values=may_read_values(request), **query)
        body = {
            "instance_id": found.pk,
            "entries": entries,
            "attempts": instances.list_attempts(found.pk),
            "next_after": entries[-1].sequence_number if len(entries) == query["size"] else None,
        }
        return Response(TimelineShape(body).data)


class DefinitionView(OperatorView):
    problems = {"GET": ("unknown-workflow",)}

    @extend_schema(operation_id="getDefinition", tags=[TAG], responses=DefinitionShape)
    def get(self, request: Request, workflow: str, version: int) -> Response:
        """States and transitions of one version, as it is deployed."""
        return Response(DefinitionShape(definitions.get_definition(workflow, version)).data)


class IncidentsView(OperatorView):
    problems = {"GET": ("unknown-workflow", "page-too-deep", "malformed-cursor")}

    @extend_schema(operation_id="listIncidents", tags=[TAG], parameters=[IncidentQuery], responses=IncidentPageShape)
    def get(self, request: Request, workflow: str) -> Response:
        """What needs a human, newest first."""
        chosen = self.read_query(IncidentQuery, request)
        definitions.check_known(workflow)
        return Response(shown(incidents.list_incidents(workflow=workflow, **chosen), IncidentPageShape))


def instance_body(workflow: str | None, instance_id: str, *, with_values: bool = False) -> dict[str, Any]:
    """One instance in the shape of the API; inputs and results for those who may see values."""
    found = instances.get_instance(instance_id, workflow=workflow)
    return dict(InstanceDetailShape(found, context={"with_values": with_values}).data)
