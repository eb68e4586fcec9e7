"""`Idempotency-Key` on every POST: the same call under the same key happens once and is answered alike.

Starts and actions hand key and credential to the front door, which keeps the answer with the fact. Where the front door
takes no key (staff commands), `answered_once` keeps it, in the transaction of the command itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from rest_framework.request import Request

from workflow.api.problems import Problem
from workflow.engine import idempotency

HEADER = "Idempotency-Key"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key_of(request: Request) -> str | None:
    """The key of this call; the quotes of a structured header do not belong to it."""
    if HEADER not in request.headers:
        return None
    given = request.headers[HEADER].strip()
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not VISIBLE.fullmatch(key):
        raise Problem("malformed-idempotency-key")
    return key


def ident_of(request: Request) -> str:
    """Under which name the caller's keys are kept."""
    ident: str = getattr(request.auth, "ident", "")
    return ident


def answered_once(request: Request, give: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The body that `give` makes; under a key that was used before, the body it made then.

    Key, deed and answer are one commit: a call that fails leaves no trace, and a repeat of one under way waits for it.
    """
    key = idempotency_key_of(request)
    if key is None:
        return give()
    scope = f"command:{ident_of(request)}"
    with transaction.atomic():
        asked = [request.method, request.path, request.data]
        earlier = idempotency.claim(scope, key, asked, using=DEFAULT_DB_ALIAS)
        if earlier is not None:
            return dict(earlier.answer)
        answer = give()
        idempotency.remember(scope, key, instance_id=None, answer=answer, using=DEFAULT_DB_ALIAS)
        return answer
