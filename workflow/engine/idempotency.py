"""Idempotency keys: one use per credential; a repeat is answered with what the first use was answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic_core import PydanticSerializationError, to_jsonable_python

from workflow.core.errors import IdempotencyMismatch, InvalidInput
from workflow.engine.connection import fetch

CLAIM = """INSERT INTO workflow_idempotency (scope, key, request_hash, created_at)
    VALUES (%(scope)s, %(key)s, %(hash)s, workflow_now()) ON CONFLICT (scope, key) DO NOTHING RETURNING id"""
READ = """SELECT request_hash, instance_id::text, inbox_number, answer FROM workflow_idempotency
    WHERE scope = %(scope)s AND key = %(key)s"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the first use of a key led to."""

    instance_id: str | None
    inbox_number: int | None
    answer: Any


@dataclass(frozen=True, slots=True)
class Use:
    scope: str
    key: str


def claim(scope: str, key: str, request: Any, *, using: str) -> Earlier | None:
    """Inside the caller's transaction. None: this is the first use. A concurrent first use is waited for."""
    try:
        text = orjson.dumps(request, default=to_jsonable_python, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, PydanticSerializationError) as error:
        raise InvalidInput("The data is no JSON.") from error
    digest = hashlib.sha256(text).hexdigest()
    where = {"scope": scope, "key": key, "hash": digest}
    if fetch(CLAIM, where, using=using):
        return None
    stored, instance_id, number, answer = fetch(READ, where, using=using)[0]
    if stored != digest:
        raise IdempotencyMismatch(f"The idempotency key {key} was used before with another request; use a new key.")
    return Earlier(instance_id, number, answer)


def remember(
    scope: str, key: str, *, instance_id: str | None, inbox_number: int | None = None, answer: Any = None, using: str
) -> None:
    fetch(
        """UPDATE workflow_idempotency SET instance_id = %(instance)s::text::uuid, inbox_number = %(number)s,
            answer = %(answer)s::text::jsonb WHERE scope = %(scope)s AND key = %(key)s""",
        {
            "scope": scope,
            "key": key,
            "instance": instance_id,
            "number": inbox_number,
            "answer": None if answer is None else orjson.dumps(answer).decode(),
        },
        using=using,
    )
