"""What providers tell us: believed for its signature alone, taken once, and answered 2xx as soon as it is durable.

The signature is over the raw body, within a window of five minutes. The same event again is answered as it was the
first time and does nothing (unique: provider and event id); the same id with another content is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onboarding import services
from onboarding.api import problems, shapes
from onboarding.providers.registry import ekyc_provider
from workflow.api.correlation import correlation_id_of
from workflow.api.parsers import check_storable
from workflow.api.problems import Problem
from workflow.client import ActionResult

Receiver = Callable[[Mapping[str, str], bytes, str], ActionResult]


def receive_from_ekyc(headers: Mapping[str, str], body: bytes, correlation_id: str) -> ActionResult:
    decision = ekyc_provider().parse_webhook(headers, body, now=time.time())
    check_storable(decision.model_dump(mode="json"))
    return services.receive_identity_decision(decision, correlation_id=correlation_id)


RECEIVERS: dict[str, Receiver] = {"ekyc": receive_from_ekyc}


class WebhookView(APIView):
    authentication_classes: tuple[Any, ...] = ()
    permission_classes: tuple[Any, ...] = ()
    problems = {"POST": problems.WEBHOOK}

    @extend_schema(
        operation_id="receiveWebhook",
        tags=["webhooks"],
        parameters=[
            OpenApiParameter("provider", OpenApiTypes.STR, OpenApiParameter.PATH, enum=sorted(RECEIVERS)),
            OpenApiParameter(
                "X-Signature",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="t=<seconds>,v1=<hex>",
            ),
        ],
        request=OpenApiTypes.OBJECT,
        responses=shapes.ReceivedShape,
    )
    def post(self, request: Request, provider: str) -> Response:
        """A provider's message. 2xx means: it is kept, do not send it again."""
        receive = RECEIVERS.get(provider)
        if receive is None:
            raise Problem("unknown-provider")
        result = receive(request.headers, request.body, correlation_id_of(request))
        return Response(shapes.ReceivedShape({"received": True, "outcome": result.outcome}).data)
