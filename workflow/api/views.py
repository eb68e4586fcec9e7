"""What every call passes through: correlation id, credential, permission, throttle, body, view; or a problem."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from workflow.api.authentication import KeyAuthentication, StaffAuthentication
from workflow.api.parsers import StrictJSONParser
from workflow.api.permissions import Permitted
from workflow.api.serializers import Form
from workflow.api.throttling import CredentialThrottle


class ApiView(APIView):
    """Base of all endpoints. `problems` names, per method, the codes beyond those that any call can get;
    `data_pointer` is the part of the body that the domain judges."""

    authentication_classes = (KeyAuthentication, StaffAuthentication)
    permission_classes: tuple[type[BasePermission], ...] = (Permitted,)
    throttle_classes = (CredentialThrottle,)
    parser_classes: tuple[type[BaseParser], ...] = (StrictJSONParser,)
    scope: ClassVar[str | None] = None
    staff_permission: ClassVar[str | None] = None
    data_pointer: ClassVar[str] = "#"
    problems: ClassVar[dict[str, tuple[str, ...]]] = {}

    def read(self, form: type[Form], request: Request) -> dict[str, Any]:
        """The body as the form has it, in snake_case; 400 otherwise."""
        reader = form(data=request.data)
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def read_query(self, form: type[Form], request: Request) -> dict[str, Any]:
        """The query as the form has it; a parameter given twice counts as its last value."""
        reader = form(data=request.query_params.dict())
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)
