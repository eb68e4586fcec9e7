"""Putting a message into an instance's inbox, and making the instance due if it waits for it."""

from __future__ import annotations

from typing import Any

import orjson

from workflow.engine import statements
from workflow.engine.connection import fetch


def put(
    instance_id: str,
    *,
    kind: str,
    name: str,
    payload: Any,
    wakes: list[str] | None,
    actor: str | None = None,
    actor_id: str | None = None,
    correlation_id: str | None = None,
    taken: bool = False,
    using: str | None = None,
) -> tuple[int, str | None] | None:
    """One inbox row and inbox_number + 1, in one statement. (number, state at admission); None: ended or unknown.

    `wakes` names what an unheld instance must be waiting for to become due (None: due whatever it waits for).
    `taken`: the front door itself makes it history in the same transaction.
    """
    rows = fetch(
        statements.statement("inbox_put"),
        {
            "id": instance_id,
            "kind": kind,
            "name": name,
            "payload": orjson.dumps(payload).decode(),
            "wakes": wakes,
            "actor": actor,
            "actor_id": actor_id,
            "correlation_id": correlation_id,
            "taken": taken,
        },
        using=using,
    )
    return (rows[0][0], rows[0][1]) if rows else None
