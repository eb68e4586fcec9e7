"""What the rows say of an onboarding, read with the statements that operators use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection

HISTORY = "SELECT * FROM workflow_event WHERE instance_id = %s ORDER BY sequence_number"
HOLDER = """SELECT w.kind, w.pid, w.host FROM workflow_instance i JOIN workflow_worker w ON w.id = i.worker_id
    WHERE i.id = %s"""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event."""

    kind: str
    step_key: str
    payload: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has an instance's lease."""

    kind: str
    pid: int
    host: str


def history(instance_id: str) -> list[Fact]:
    """Every event in order."""
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, [instance_id])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [Fact(r["event_type"], r["step_key"], json.loads(r["payload"]), r["created_at"]) for r in rows]


def path(facts: list[Fact]) -> list[str]:
    """The states, each once where it was entered again without leaving."""
    states = [fact.payload["state"] for fact in facts if fact.kind == "STATE_ENTERED"]
    return [state for state, _ in groupby(states)]


def undos(facts: list[Fact]) -> list[str]:
    """What was undone, in order."""
    return [fact.payload["undo"] for fact in facts if fact.kind == "SAGA_COMPENSATION"]


def marker(facts: list[Fact], change: str) -> int | None:
    """The version of a change that the instance is pinned to, if it came to it."""
    found = [f.payload["version"] for f in facts if f.kind == "VERSION_MARKER" and f.payload["change"] == change]
    return found[0] if found else None


def seconds(facts: list[Fact]) -> float:
    """From the first fact to the last."""
    return (facts[-1].created_at - facts[0].created_at).total_seconds()


def first(facts: list[Fact], kind: str) -> Fact | None:
    """The first event of a kind."""
    return next((fact for fact in facts if fact.kind == kind), None)


def holder(instance_id: str) -> Holder | None:
    """Who has the lease now, if anybody."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [instance_id])
        row = cursor.fetchone()
    return Holder(*row) if row else None


def database_now() -> datetime:
    """The time that events are dated by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0]
