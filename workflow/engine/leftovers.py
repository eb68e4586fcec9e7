"""Messages left unread where staff end an instance: recorded as ignored, actions answered, so that nothing is lost."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS

from workflow.core.events import NewEvent
from workflow.core.machine import Actor
from workflow.engine import statements
from workflow.engine.connection import fetch
from workflow.engine.frontdoor import Locked, received


def close_inbox(row: Locked) -> list[NewEvent]:
    """In the transaction of the end: the events that its history still needs. A refused action leaves none."""
    rows = fetch(statements.statement("inbox_close"), {"id": row.id}, using=DEFAULT_DB_ALIAS)
    return [
        received(name, payload, actor, actor_id, inbox=number, ignored=True)
        for number, kind, name, payload, actor, actor_id in sorted(rows, key=lambda found: found[0])
        if kind == "SIGNAL" or (kind == "ACTION" and actor == Actor.PROVIDER)
    ]
