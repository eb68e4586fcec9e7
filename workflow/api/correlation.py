"""One correlation id from `X-Correlation-ID` (made if absent, echoed) to every log line, event and provider call."""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog
import uuid_utils
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from workflow.api.handlers import is_api
from workflow.api.problems import Problem

HEADER = "X-Correlation-ID"
VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


class CorrelationMiddleware:
    """First in the list, so that a refusal of any other layer carries the id as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        usable = VISIBLE.fullmatch(given) is not None
        correlation_id = given if usable else str(uuid_utils.uuid7())
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            if given and not usable and is_api(request):
                response: HttpResponseBase = Problem("malformed-correlation-id").answer(request)
            else:
                response = self.get_response(request)
        response.headers[HEADER] = correlation_id
        return response


def correlation_id_of(request: HttpRequest | Request) -> str:
    """The id that the middleware put on the request."""
    return str(request.correlation_id)  # type: ignore[union-attr]
