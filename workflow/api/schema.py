"""The OpenAPI description: every operation names every problem that it can answer with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from workflow.api import correlation, idempotency
from workflow.api.catalogue import ProblemKind, kinds_of
from workflow.api.permissions import Permitted
from workflow.api.problems import MEDIA_TYPE
from workflow.api.serializers import Shape

EVERYWHERE = (
    "malformed-correlation-id",
    "method-not-allowed",
    "not-acceptable",
    "internal-error",
    "database-unavailable",
)
WITH_CREDENTIAL = ("not-authenticated", "invalid-credential", "not-permitted", "csrf-failed", "too-many-requests")
WITH_INPUT = ("invalid-input",)
WITH_BODY = ("malformed-body", "unsupported-media-type", "body-too-large", "bad-request")
WITH_KEY = ("malformed-idempotency-key", "idempotency-key-reused")


class PointedShape(Shape):
    """One wrong field."""

    pointer = serializers.CharField(help_text="JSON pointer into the body or query, such as #/data/email.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(Shape):
    """Problem details, RFC 9457. A kind may have further members."""

    type = serializers.CharField(help_text="Where the kind is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for the reader.")
    instance = serializers.CharField(help_text="The address that was asked.")
    code = serializers.CharField(help_text="Stable; decide by this.")
    correlation_id = serializers.CharField(allow_null=True)
    errors = PointedShape(many=True, required=False)  # type: ignore[assignment]


class ProblemSchema(AutoSchema):
    """Adds headers and problems to what REST framework's views say of themselves."""

    def get_override_parameters(self) -> list[Any]:
        headers = [
            _header(correlation.HEADER, "One id through every log line and call; made if absent, always echoed.")
        ]
        if self.method == "POST" and self._is_guarded():
            headers.append(_header(idempotency.HEADER, "The same call under the same key happens once. Kept 400 days."))
        return [*super().get_override_parameters(), *headers]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, kinds in _by_status(self._kinds()).items():
            response = OpenApiResponse(ProblemShape, _explained(kinds), [_example(kind) for kind in kinds])
            found = self._get_response_for_code(response, str(status), [MEDIA_TYPE])  # type: ignore[no-untyped-call]
            bodies.setdefault(str(status), found)
        return bodies

    def _is_guarded(self) -> bool:
        return Permitted in self.view.permission_classes

    def _kinds(self) -> list[ProblemKind]:
        codes = [*EVERYWHERE, *getattr(self.view, "problems", {}).get(self.method, ())]
        if self._is_guarded():
            codes += WITH_CREDENTIAL
        if self.method == "POST":
            codes += [*WITH_BODY, *WITH_INPUT, *(WITH_KEY if self._is_guarded() else ())]
        elif any(not isinstance(parameter, OpenApiParameter) for parameter in self.get_override_parameters()):
            codes += WITH_INPUT  # a form for the query
        return kinds_of(dict.fromkeys(codes))


def _header(name: str, what: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=what)


def _by_status(kinds: Iterable[ProblemKind]) -> Mapping[int, list[ProblemKind]]:
    found: dict[int, list[ProblemKind]] = {}
    for kind in sorted(kinds, key=lambda kind: (kind.status, kind.code)):
        found.setdefault(kind.status, []).append(kind)
    return found


def _explained(kinds: list[ProblemKind]) -> str:
    return "\n".join(f"- `{kind.code}`: {kind.title}. {kind.advice}" for kind in kinds)


def _example(kind: ProblemKind) -> OpenApiExample:
    body = {
        "type": f"/api/problems/{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.advice,
        "instance": "/api/...",
        "code": kind.code,
        "correlationId": "0198c0de-0000-7000-8000-000000000000",
    }
    return OpenApiExample(kind.code, summary=kind.title, value=body, media_type=MEDIA_TYPE, response_only=True)


def share_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Each problem's example stands once, among the components; answers refer to it."""
    shared = result["components"].setdefault("examples", {})
    for operation in (o for path in result["paths"].values() for o in path.values() if isinstance(o, dict)):
        for response in operation["responses"].values():
            content = response.get("content", {}).get(MEDIA_TYPE, {})
            for example in content.get("examples", {}).values():
                shared[example["value"]["code"]] = example
            codes = [example["value"]["code"] for example in content.get("examples", {}).values()]
            if codes:
                content["examples"] = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return result


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "workflow.api.authentication.KeyAuthentication"
    name = ["bearerKey", "headerKey"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Either will do."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key in `Authorization: Bearer`."},
            {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key in its own header."},
        ]


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "workflow.api.authentication.StaffAuthentication"
    name = "staffSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A member of staff, logged in."}
