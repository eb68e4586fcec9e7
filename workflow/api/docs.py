"""`/api/schema`, `/api/docs` and `/api/problems`: the description of this API, offline and within the site's CSP."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workflow.api.catalogue import CATALOGUE
from workflow.api.problems import Problem
from workflow.api.serializers import Shape


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1, for anybody: it holds no data. Made once in a process: the code does not change under it."""

    authentication_classes = ()
    permission_classes = ()
    made: Response | None = None

    def _get_schema_response(self, request: Request) -> Response:
        if SchemaView.made is None:
            SchemaView.made = super()._get_schema_response(request)  # type: ignore[no-untyped-call]
        return Response(SchemaView.made.data)


@method_decorator(csp_update({"img-src": ["'self'", "data:"]}), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its style sheet draws its icons from data: addresses."""

    authentication_classes = ()
    permission_classes = ()
    template_name = "workflow/api_docs.html"


class ProblemKindShape(Shape):
    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    advice = serializers.CharField()


class OpenView(APIView):
    authentication_classes: tuple[Any, ...] = ()
    permission_classes: tuple[Any, ...] = ()


class ProblemsView(OpenView):
    @extend_schema(operation_id="listProblems", tags=["problems"], responses=ProblemKindShape(many=True))
    def get(self, request: Request) -> Response:
        """Every code that an answer can carry."""
        kinds = sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code))
        return Response(ProblemKindShape(kinds, many=True).data)


class ProblemView(OpenView):
    problems = {"GET": ("not-found",)}

    @extend_schema(operation_id="getProblem", tags=["problems"], responses=ProblemKindShape)
    def get(self, request: Request, code: str) -> Response:
        """What a code means: the `type` of a problem leads here."""
        if code not in CATALOGUE:
            raise Problem("not-found", "There is no such code.")
        return Response(ProblemKindShape(CATALOGUE[code]).data)
