"""What the operators' endpoints give. The admin serves the same shapes under its own addresses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workflow.api.serializers import Shape
from workflow.models import IncidentStatus, Status
from workflow.queries.paging import Page

# -- instances --------------------------------------------------------------------------------------------------------


class FailureShape(Shape):
    type = serializers.CharField()
    message = serializers.CharField(required=False)
    step_key = serializers.CharField(required=False)


class InstanceShape(Shape):
    id = serializers.UUIDField()
    workflow = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    state = serializers.CharField(allow_null=True)
    business_key = serializers.CharField(allow_null=True)
    correlation_id = serializers.CharField()
    waiting_for = serializers.ListField(child=serializers.CharField(), allow_null=True)
    wake_at = serializers.DateTimeField(allow_null=True)
    failure = FailureShape(allow_null=True)
    recovery_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class InstanceDetailShape(InstanceShape):
    changes = serializers.DictField(child=serializers.IntegerField())
    queue = serializers.CharField()
    priority = serializers.IntegerField()
    worker_id = serializers.UUIDField(allow_null=True)
    sequence_number = serializers.IntegerField()
    deadline_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    parent_id = serializers.UUIDField(allow_null=True)
    retried_from_id = serializers.UUIDField(allow_null=True)
    input = serializers.JSONField(allow_null=True, help_text="Null without the right to see values.")
    result = serializers.JSONField(allow_null=True, help_text="Null without the right to see values.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context.get("with_values"):
            shown["input"] = shown["result"] = None
        return shown


class AttemptShape(Shape):
    step_key = serializers.CharField()
    kind = serializers.CharField()
    attempt = serializers.IntegerField()
    generation = serializers.IntegerField()
    status = serializers.CharField()
    error = serializers.SerializerMethodField()
    idempotency_key = serializers.CharField(allow_null=True)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    worker_id = serializers.UUIDField(allow_null=True)

    def get_error(self, attempt: Any) -> dict[str, str] | None:
        """Type and message; the traceback is for the admin."""
        error = attempt.error
        return {name: str(error[name]) for name in ("type", "message") if name in error} if error else None


class EntryShape(Shape):
    sequence_number = serializers.IntegerField()
    event_type = serializers.CharField()
    at = serializers.DateTimeField()
    sentence = serializers.CharField()
    step_key = serializers.CharField()
    actor = serializers.CharField(allow_null=True)
    actor_id = serializers.CharField(allow_null=True)
    token = serializers.IntegerField(allow_null=True)
    details = serializers.JSONField(
        help_text="The event's payload; inputs, outputs and messages need the right to see values."
    )


class IncidentShape(Shape):
    id = serializers.IntegerField()
    instance_id = serializers.UUIDField(allow_null=True)
    step_key = serializers.CharField(allow_null=True)
    subject = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    status = serializers.ChoiceField(choices=IncidentStatus.choices)
    severity = serializers.CharField()
    message = serializers.CharField()
    signature = serializers.CharField()
    opened_at = serializers.DateTimeField()
    acknowledged_by = serializers.CharField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    resolution = serializers.CharField(allow_null=True)


# -- definitions and overview -----------------------------------------------------------------------------------------


class WorkflowShape(Shape):
    workflow = serializers.CharField()
    versions = serializers.ListField(child=serializers.IntegerField())
    kind = serializers.CharField(help_text="machine or function")


class TransitionShape(Shape):
    from_state = serializers.CharField(source="from")
    action = serializers.CharField(allow_null=True)
    to_state = serializers.CharField(source="to")
    actors = serializers.ListField(child=serializers.CharField())
    auto = serializers.BooleanField()
    after_seconds = serializers.FloatField(allow_null=True)
    background = serializers.BooleanField()
    step = serializers.CharField(allow_null=True)
    guard = serializers.CharField(allow_null=True)
    max_retries = serializers.IntegerField(allow_null=True)
    timeout_seconds = serializers.FloatField(allow_null=True)
    compensation = serializers.CharField(allow_null=True)


class GraphShape(Shape):
    """A machine's table; a durable function has its time limit and signals."""

    kind = serializers.CharField()
    initial = serializers.CharField(required=False)
    states = serializers.ListField(child=serializers.CharField(), required=False)
    rejecting = serializers.ListField(child=serializers.CharField(), required=False)
    transitions = TransitionShape(many=True, required=False)
    timeout_seconds = serializers.FloatField(allow_null=True, required=False)
    signals = serializers.ListField(child=serializers.CharField(), required=False)


class DefinitionShape(Shape):
    workflow = serializers.CharField()
    version = serializers.IntegerField()
    graph = GraphShape()
    changes = serializers.DictField(child=serializers.IntegerField())
    queue = serializers.CharField()
    fingerprint = serializers.CharField()
    is_registered = serializers.BooleanField(help_text="Whether the process that answers has the code.")
    deployed_at = serializers.DateTimeField(allow_null=True)


class LiveCountShape(Shape):
    status = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    count = serializers.IntegerField()


class EndingShape(Shape):
    outcome = serializers.CharField()
    count = serializers.IntegerField()


class BacklogShape(Shape):
    queue = serializers.CharField()
    due = serializers.IntegerField()
    oldest_seconds = serializers.FloatField()


class OpenIncidentsShape(Shape):
    kind = serializers.CharField()
    status = serializers.CharField()
    count = serializers.IntegerField()


class WorkerShape(Shape):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    host = serializers.CharField()
    pid = serializers.IntegerField()
    slots = serializers.IntegerField()
    busy = serializers.IntegerField()
    draining = serializers.BooleanField()
    is_alive = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    heartbeat_at = serializers.DateTimeField()


class DashboardShape(Shape):
    workflow = serializers.CharField()
    live = LiveCountShape(many=True)
    endings = EndingShape(many=True, help_text="Of all time.")
    backlogs = BacklogShape(many=True)
    incidents = OpenIncidentsShape(many=True)
    workers = WorkerShape(many=True)


# -- pages ------------------------------------------------------------------------------------------------------------


class PageShape(Shape):
    page = serializers.IntegerField(allow_null=True, help_text="Null where a cursor was given.")
    size = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Exact up to 10,000.")
    total_is_capped = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class InstancePageShape(PageShape):
    items = InstanceShape(many=True)


class IncidentPageShape(PageShape):
    items = IncidentShape(many=True)


class TimelineShape(Shape):
    instance_id = serializers.UUIDField()
    entries = EntryShape(many=True)
    attempts = AttemptShape(many=True)
    next_after = serializers.IntegerField(
        allow_null=True, help_text="Ask with `after` for what comes next; null at the end."
    )


def shown(page: Page[Any], shape: type[PageShape]) -> dict[str, Any]:
    """A page of rows in a shape of the API."""
    return dict(shape(page).data)


class RestartedShape(Shape):
    instance_id = serializers.UUIDField()
    created = serializers.BooleanField()
    status = serializers.CharField()
    state = serializers.CharField(allow_null=True)
