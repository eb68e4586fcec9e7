"""Django's own error pages: problem details under /api, the plain pages elsewhere. Named in `config.urls`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import csrf, defaults
from django.views.decorators.csrf import csrf_exempt

from workflow.api.problems import Problem, problem_of, report

PREFIX = "/api/"


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX)


def _refuse(code: str, page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    def handler(request: HttpRequest, exception: Exception) -> HttpResponseBase:
        if not is_api(request):
            return page(request, exception)
        known = problem_of(exception)
        return (known if known.kind.status < 500 else Problem(code)).answer(request)

    return handler


bad_request = _refuse("bad-request", defaults.bad_request)
permission_denied = _refuse("not-permitted", defaults.permission_denied)
page_not_found = _refuse("not-found", defaults.page_not_found)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """A database that is away is no bug: 503 with Retry-After, for pages as well."""
    error = sys.exc_info()[1]
    problem = problem_of(error)
    if problem.kind.status == 503:
        report(error, problem, request)
        return problem.answer(request)
    return problem.answer(request) if is_api(request) else defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return Problem("csrf-failed").answer(request) if is_api(request) else csrf.csrf_failure(request, reason=reason)


@csrf_exempt
def unknown_address(request: HttpRequest, **_: Any) -> HttpResponse:
    """What `/api/...` answers where nothing is, with DEBUG on as well."""
    return Problem("not-found").answer(request)
