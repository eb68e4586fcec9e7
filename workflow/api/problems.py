"""Problem details (RFC 9457) for every refusal: one body, one place where errors become statuses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg
import structlog
from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from pydantic import ValidationError
from rest_framework import exceptions as drf
from rest_framework.utils.encoders import JSONEncoder

from workflow.api.catalogue import CATALOGUE
from workflow.api.pointers import placed, pointed
from workflow.api.spelling import camel
from workflow.core.errors import ActionRefused, CodecError, InvalidInput, WorkflowError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "code", "correlationId"})
Cause = TypeVar("Cause", bound=BaseException)
log = structlog.get_logger(__name__)


class Problem(Exception):
    """A refusal that the catalogue knows. `members` become extra members of the body, spelled in camelCase."""

    def __init__(
        self, code: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.kind = CATALOGUE[code]
        self.detail = detail or self.kind.advice
        self.headers = dict(headers or {})
        self.members = members
        if self.kind.status == 503:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))

    def answer(self, request: HttpRequest) -> HttpResponse:
        body = {
            "type": f"/api/problems/{self.kind.code}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": request.path,
            "code": self.kind.code,
            "correlationId": getattr(request, "correlation_id", None),
        }
        body |= {camel(name): value for name, value in self.members.items() if camel(name) not in STANDARD_MEMBERS}
        text = json.dumps(body, cls=JSONEncoder)
        return HttpResponse(text, status=self.kind.status, content_type=MEDIA_TYPE, headers=self.headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's hook. An error that nobody foresaw is logged and told to Django as if it had not been caught."""
    request: HttpRequest = context["request"]._request  # noqa: SLF001  Django's own
    problem = problem_of(error)
    if "errors" in problem.members:
        problem.members["errors"] = placed(
            problem.members["errors"], below=getattr(context["view"], "data_pointer", "#")
        )
    if problem.kind.status >= 500:
        report(error, problem, request)
    return problem.answer(request)


def report(error: BaseException | None, problem: Problem, request: HttpRequest) -> None:
    """A trouble of ours leaves a trace: a line for what passes by itself, a traceback for a bug."""
    if problem.kind.code == "internal-error":
        log.error("a request failed", path=request.path, exc_info=error)
        got_request_exception.send(sender=report, request=request)
    else:
        log.warning(
            "a request cannot be served now", code=problem.kind.code, path=request.path, error=str(error).strip()
        )


def problem_of(error: BaseException | None) -> Problem:
    """What the caller is told about any exception."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, WorkflowError):
        return _of_workflow(error)
    if isinstance(error, tuple(APPLICATION_ERRORS)):
        return _of_coded(error)
    for kinds, translate in TRANSLATIONS:
        if isinstance(error, kinds):
            return translate(error)
    return Problem("internal-error")


APPLICATION_ERRORS: list[type[Exception]] = []
"""Families of errors with a `code` that an application declared in the catalogue, and perhaps `data`."""


def _of_workflow(error: WorkflowError) -> Problem:
    """The engine's codes are the catalogue's. What a transition refuses is 422, whatever the application calls it."""
    if isinstance(error, ActionRefused) and error.code not in CATALOGUE:
        return Problem("action-refused", error.message, **{**error.data, "reason": error.code})
    return _of_value(error) if isinstance(error, InvalidInput | CodecError) else _of_coded(error)


def _of_value(error: InvalidInput | CodecError) -> Problem:
    """Which fields do not fit, without repeating what was sent."""
    invalid = _cause(error, ValidationError)
    if invalid is None:
        return Problem("invalid-input", error.message, **error.data)
    found = invalid.errors(include_input=False, include_context=False, include_url=False)
    errors = [{"field": ".".join(map(str, e["loc"])), "code": e["type"], "message": e["msg"]} for e in found]
    return Problem("invalid-input", "The data does not have the declared shape.", errors=errors)


def _of_coded(error: Any) -> Problem:
    if error.code not in CATALOGUE:
        return Problem("internal-error")
    return Problem(error.code, str(error), **getattr(error, "data", {}))


def _cause(error: BaseException | None, kind: type[Cause]) -> Cause | None:
    """The first error of a kind that led to this one."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error


def _of_database(error: Any) -> Problem:
    """Django's errors stand for the driver's, which the engine raises as they are."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    if state == "57014":
        return Problem("query-timed-out")
    return Problem("instance-busy" if state in {"40001", "40P01", "55P03"} else "database-unavailable")


def _of_validation(error: Any) -> Problem:
    return Problem("invalid-input", "The input is not valid.", errors=pointed(error.detail))


def _of_throttling(error: Any) -> Problem:
    seconds = math.ceil(error.wait) if error.wait is not None else RETRY_AFTER_SECONDS
    return Problem("too-many-requests", headers={"Retry-After": str(max(seconds, 1))})


def _of_rest_framework(code: str) -> Callable[[Any], Problem]:
    def translate(error: Any) -> Problem:
        header = getattr(error, "auth_header", None)
        return Problem(code, str(error.detail), headers={"WWW-Authenticate": header} if header else None)

    return translate


def _plain(code: str) -> Callable[[Any], Problem]:
    return lambda error: Problem(code)


TRANSLATIONS: tuple[tuple[tuple[type[BaseException], ...], Callable[[Any], Problem]], ...] = (
    ((OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError), _of_database),
    ((drf.ValidationError,), _of_validation),
    ((drf.Throttled,), _of_throttling),
    ((drf.ParseError,), _of_rest_framework("malformed-body")),
    ((drf.AuthenticationFailed,), _of_rest_framework("invalid-credential")),
    ((drf.NotAuthenticated,), _of_rest_framework("not-authenticated")),
    ((drf.PermissionDenied,), _of_rest_framework("not-permitted")),
    ((drf.MethodNotAllowed,), _of_rest_framework("method-not-allowed")),
    ((drf.NotAcceptable,), _of_rest_framework("not-acceptable")),
    ((drf.UnsupportedMediaType,), _of_rest_framework("unsupported-media-type")),
    ((drf.NotFound, Http404), _plain("not-found")),
    ((django_errors.PermissionDenied,), _plain("not-permitted")),
    ((django_errors.RequestDataTooBig,), _plain("body-too-large")),
    ((django_errors.TooManyFieldsSent, django_errors.TooManyFilesSent, UnreadablePostError), _plain("malformed-body")),
    ((django_errors.SuspiciousOperation, django_errors.BadRequest), _plain("bad-request")),
)
