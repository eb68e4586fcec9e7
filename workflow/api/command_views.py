"""What operators do: staff commands on one instance, incidents, and the replay of a history."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from workflow import client
from workflow.api import permissions
from workflow.api.commands import Command
from workflow.api.credentials import credential_of
from workflow.api.idempotency import answered_once
from workflow.api.operator_forms import NoForm, ResolveIncidentForm
from workflow.api.operator_views import TAG, OperatorView, instance_body
from workflow.api.operators import IncidentShape, InstanceDetailShape, RestartedShape
from workflow.queries import incidents, instances


class ActingView(OperatorView):
    staff_permission = permissions.OPERATE


def problems_of(command: Command) -> tuple[str, ...]:
    """A restart needs an ended instance, every other command a live one."""
    state = "already-live" if command.restarts else "already-finished"
    return "instance-not-found", "not-possible-now", "instance-busy", state, *command.problems


def command_view(command: Command) -> type[ActingView]:
    """The endpoint of one staff command."""

    class CommandView(ActingView):
        problems = {"POST": problems_of(command)}

        @extend_schema(
            operation_id=command.operation,
            tags=[TAG],
            summary=command.summary,
            request=command.form,
            responses={201: RestartedShape} if command.restarts else {202: InstanceDetailShape},
        )
        def post(self, request: Request, workflow: str, instance_id: str) -> Response:
            found = instances.get_instance(instance_id, workflow=workflow)
            asked = self.read(command.form, request)
            known_by = credential_of(request).actor_id

            def give() -> dict[str, Any]:
                given = command.verb(instance_id=str(found.pk), actor_id=known_by, **asked)
                if command.restarts:
                    return dict(RestartedShape(given).data)
                return instance_body(workflow, instance_id)

            body = answered_once(request, give)
            about = body["instanceId"] if command.restarts else instance_id
            return Response(
                body,
                status=status.HTTP_201_CREATED if command.restarts else status.HTTP_202_ACCEPTED,
                headers={"Location": f"/api/admin/workflows/{workflow}/{about}"},
            )

    CommandView.__name__ = CommandView.__qualname__ = f"{command.operation[0].upper()}{command.operation[1:]}View"
    return CommandView


class AcknowledgeIncidentView(ActingView):
    problems = {"POST": ("incident-not-found", "not-possible-now")}

    @extend_schema(operation_id="acknowledgeIncident", tags=[TAG], request=NoForm, responses=IncidentShape)
    def post(self, request: Request, incident_id: int) -> Response:
        """Say that you have it."""
        self.read(NoForm, request)
        found = incidents.get_incident(incident_id)
        known_by = credential_of(request).actor_id

        def give() -> dict[str, Any]:
            client.acknowledge_incident(incident_id=found.pk, actor_id=known_by)
            return dict(IncidentShape(incidents.get_incident(incident_id)).data)

        return Response(answered_once(request, give))


class ResolveIncidentView(ActingView):
    problems = {"POST": ("incident-not-found", "not-possible-now")}

    @extend_schema(operation_id="resolveIncident", tags=[TAG], request=ResolveIncidentForm, responses=IncidentShape)
    def post(self, request: Request, incident_id: int) -> Response:
        """Say what was decided."""
        asked = self.read(ResolveIncidentForm, request)
        found = incidents.get_incident(incident_id)
        known_by = credential_of(request).actor_id

        def give() -> dict[str, Any]:
            client.resolve_incident(incident_id=found.pk, actor_id=known_by, **asked)
            return dict(IncidentShape(incidents.get_incident(incident_id)).data)

        return Response(answered_once(request, give))
