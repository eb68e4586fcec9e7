"""So many calls a minute for each credential (setting API_RATE). Counted in Django's cache: by each process for itself
or, where the cache is shared, together. A cache that is away lets calls through: it protects, it does not decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from workflow.api.credentials import Credential

if TYPE_CHECKING:
    from rest_framework.views import APIView  # whose module reads the settings that name this one

RATE_DEFAULT = "600/min"
UNLIMITED = "none"
log = structlog.get_logger(__name__)


class CredentialThrottle(SimpleRateThrottle):
    scope = "credential"

    def get_rate(self) -> str | None:
        rate = getattr(settings, "API_RATE", RATE_DEFAULT)
        return None if rate == UNLIMITED else rate

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        credential = request.auth
        return f"calls:{credential.ident}" if isinstance(credential, Credential) else None

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except Exception as error:  # noqa: BLE001  whatever a cache's client raises
            log.warning("calls cannot be counted now", error=repr(error))
            return True
