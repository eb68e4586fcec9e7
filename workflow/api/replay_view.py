"""`POST /api/admin/replay/{id}`: does the history still give the row, would today's code repeat it? No effect."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from workflow.api.idempotency import idempotency_key_of
from workflow.api.operator_forms import NoForm
from workflow.api.operator_views import TAG, OperatorView
from workflow.api.permissions import may_read_values
from workflow.api.serializers import Shape
from workflow.engine.replayer import ReplayReport, replay
from workflow.queries import instances


class DivergenceShape(Shape):
    position = serializers.IntegerField()
    sequence_number = serializers.IntegerField(allow_null=True)
    expected = serializers.CharField(
        allow_null=True, help_text="What the history holds. Null without the right to values."
    )
    found = serializers.CharField(
        allow_null=True, help_text="What the code asks for. Null without the right to values."
    )


class DifferenceShape(Shape):
    what = serializers.CharField()
    stored = serializers.JSONField(allow_null=True, help_text="Null without the right to values.")
    folded = serializers.JSONField(allow_null=True, help_text="Null without the right to values.")


class ReplayShape(Shape):
    instance_id = serializers.UUIDField()
    workflow = serializers.CharField()
    version = serializers.IntegerField()
    is_live = serializers.BooleanField()
    events = serializers.IntegerField(help_text="How many were replayed.")
    verdict = serializers.CharField(help_text="CLEAN, DIVERGED, ROW_DIFFERS or NO_DEFINITION.")
    divergence = DivergenceShape(allow_null=True)
    differences = DifferenceShape(many=True)


class ReplayView(OperatorView):
    problems = {"POST": ("instance-not-found",)}

    @extend_schema(operation_id="replayInstance", tags=[TAG], request=NoForm, responses=ReplayShape)
    def post(self, request: Request, instance_id: str) -> Response:
        """Replay one history without any effect: asked twice, answered twice."""
        idempotency_key_of(request)
        self.read(NoForm, request)
        report = replay(str(instances.get_instance(instance_id).pk))
        return Response(shown(report, with_values=may_read_values(request)))


def shown(report: ReplayReport, *, with_values: bool) -> dict[str, Any]:
    """The report in the shape of the API; values for those who may see them."""
    body = dict(ReplayShape(report).data)
    if not with_values:
        for part in (*body["differences"], *filter(None, [body["divergence"]])):
            part.update({name: None for name in ("expected", "found", "stored", "folded") if name in part})
    return body
