"""The addresses that the tests of shared pieces call: each shows one way a call can end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from psycopg.errors import LockNotAvailable, QueryCanceled
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from workflow.api.credentials import asked_by
from workflow.api.handlers import bad_request, page_not_found, permission_denied, server_error, unknown_address
from workflow.api.serializers import Form, Text
from workflow.api.views import ApiView
from workflow.core import errors

handler400, handler403, handler404, handler500 = bad_request, permission_denied, page_not_found, server_error
SCOPE = "tests"


class Address(Form):
    postal_code = Text(max_length=8)


class EchoForm(Form):
    first_name = Text(max_length=10)
    addresses = Address(many=True, required=False)
    number_of_children = serializers.IntegerField(required=False, max_value=99)


class EchoView(ApiView):
    scope = SCOPE
    staff_permission = "workflow.view_instance"

    def post(self, request: Request) -> Response:
        return Response({"read": self.read(EchoForm, request), "asked": asked_by(request)})


def caused(by: Exception) -> OperationalError:
    error = OperationalError("the statement failed")
    error.__cause__ = by
    return error


ENDS: dict[str, Callable[[], BaseException]] = {
    "not-here": lambda: errors.InstanceNotFound("There is no instance 7."),
    "not-now": lambda: errors.ActionNotPossible("Not from here.", possible=["NEXT"], current_state="DONE"),
    "refused": lambda: errors.ActionRefused("The courier is away.", code="courier-away", days_left=4),
    "unlisted": lambda: errors.DefinitionError("never a caller's business"),
    "bug": lambda: RuntimeError("a secret of ours"),
    "database-away": lambda: OperationalError("connection refused"),
    "slow": lambda: caused(QueryCanceled()),
    "locked": lambda: caused(LockNotAvailable()),
    "driver-away": lambda: psycopg.OperationalError("the connection is lost"),
    "driver-locked": LockNotAvailable,
    "suspicious": lambda: SuspiciousOperation("odd"),
}


class EndView(ApiView):
    scope = SCOPE

    def get(self, request: Request, end: str) -> Response:
        error = ENDS[end]()
        raise error


def plain_bug(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of ours")


def away(request: HttpRequest, **_: Any) -> HttpResponse:
    raise OperationalError("connection refused")


urlpatterns = [
    path("api/echo", EchoView.as_view()),
    path("api/ends/<slug:end>", EndView.as_view()),
    path("api/plain-bug", plain_bug),
    path("away", away),
    path("api/<path:rest>", unknown_address),
]
