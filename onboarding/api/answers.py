"""How what the front door says becomes an answer: done is 200 (or 201), accepted is 202 with the place to look."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding import services
from onboarding.api import shapes
from workflow.api.correlation import correlation_id_of
from workflow.api.credentials import credential_of
from workflow.api.idempotency import answered_once
from workflow.client import ActionResult

DONE = "done"
MESSAGES = {DONE: "Done.", "accepted": "Stored; it is still going on.", "ignored": "It fits nothing here."}


def answer(instance_id: str, result: ActionResult, *, done: int = status.HTTP_200_OK) -> Response:
    is_done = result.outcome == DONE
    return Response(
        shapes.standing(instance_id, result.state, result.message or MESSAGES[result.outcome]),
        status=done if is_done else status.HTTP_202_ACCEPTED,
        headers={} if is_done else {"Location": f"/api/onboarding/{instance_id}/status"},
    )


def decided(request: Request, instance_id: str, asked: dict[str, Any]) -> Response:
    """A decision of staff about a likeness. Under an Idempotency-Key it is stored first, so it answers 202."""

    def give() -> dict[str, Any]:
        result = services.decide_review(
            instance_id=instance_id,
            action=asked["action"],
            reason=str(asked["data"].get("reason", "")),
            actor_id=credential_of(request).actor_id,
            correlation_id=correlation_id_of(request),
        )
        return {"outcome": result.outcome, "state": result.state, "status": result.status, "message": result.message}

    return answer(instance_id, ActionResult(**answered_once(request, give)))
