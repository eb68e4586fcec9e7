"""Answers kept under an idempotency key, for calls whose verb takes none: the key, the deed and its answer are one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.db import transaction

from workflow.core.errors import IdempotencyMismatch
from workflow.engine.connection import fetch
from workflow.models import Idempotency


def once(*, scope: str, key: str, request: Any, give: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `give` answers; on a repeat of the same request, what it answered then. A call under way is waited for.

    A call that fails leaves no trace. Raises IdempotencyMismatch for another request under the same key.
    """
    asked = digest(request)
    with transaction.atomic():
        if not _begin(scope, key, asked):
            return _stored(scope, key, asked)
        answer = give()
        Idempotency.objects.filter(scope=scope, key=key).update(answer=answer)
        return answer


def digest(request: Any) -> str:
    """What makes two requests the same request."""
    return hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _begin(scope: str, key: str, asked: str) -> bool:
    """Whether the key is ours. Blocks while another transaction that has it is open: its answer is the answer."""
    rows = fetch(
        """INSERT INTO workflow_idempotency (scope, key, request_hash, created_at)
        VALUES (%(scope)s, %(key)s, %(asked)s, workflow_now())
        ON CONFLICT (scope, key) DO NOTHING RETURNING id""",
        {"scope": scope, "key": key, "asked": asked},
        using="default",
    )
    return bool(rows)


def _stored(scope: str, key: str, asked: str) -> dict[str, Any]:
    row = Idempotency.objects.get(scope=scope, key=key)
    if row.request_hash != asked:
        raise IdempotencyMismatch("The Idempotency-Key was used for another request.")
    answer: dict[str, Any] = row.answer
    return answer
