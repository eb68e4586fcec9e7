"""For the platform: /livez (this process answers), /readyz (the system can work), /metrics. No credential."""

from __future__ import annotations

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from workflow.api.metrics import exposition
from workflow.api.problems import RETRY_AFTER_SECONDS, problem_of
from workflow.api.readiness import check_all

log = structlog.get_logger(__name__)


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every check is ok, else 503; the body names each check and its reason."""
    checks = check_all()
    ready = all(check.ok for check in checks)
    body = {"ready": ready, "checks": {check.name: {"ok": check.ok, "reason": check.reason} for check in checks}}
    headers = {} if ready else {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return JsonResponse(body, status=200 if ready else 503, headers=headers)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        return HttpResponse(exposition.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except (OperationalError, InterfaceError) as error:
        log.warning("metrics cannot be read now", error=str(error).strip())
        return problem_of(error).answer(request)


urlpatterns = [path("livez", livez), path("readyz", readyz), path("metrics", metrics)]
