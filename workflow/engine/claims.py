"""Claims: taking leases of due instances, bounded by free slots; and giving back what this process lost track of."""

from __future__ import annotations

from typing import Any

import orjson

from workflow.core.registry import registry
from workflow.engine import statements
from workflow.engine.connection import fetch
from workflow.engine.lease import COLUMNS, Lease, lease_of, load_histories


def claim(*, worker_id: str, slots: int, queues: list[str], alone: bool = False) -> list[Lease]:
    """Take up to `slots` due instances this process has the code for, most urgent first; histories included.

    `alone`: take one that has cost workers their life before, which then runs by itself.
    """
    parameters = {
        "worker": worker_id,
        "queues": queues,
        "known": known_definitions(),
        "slots": 1 if alone else slots,
        "pool": 1 if alone else slots * 4,
        "alone": alone,
    }
    sql = statements.statement("claim").replace("{columns}", COLUMNS)
    leases = [lease_of(row) for row in fetch(sql, parameters)]
    load_histories(leases)
    return leases


def known_definitions() -> str:
    known = [{"workflow": d.name, "version": d.version, "changes": dict(d.changes)} for d in registry]
    return orjson.dumps(known).decode()


def next_due_seconds(queues: list[str]) -> float | None:
    """How long until the earliest wake-up of these queues; None without any.

    What has been due for longer was just left to others by a claim (locked, or unknown here): no reason to hurry.
    """
    sql = """SELECT extract(epoch FROM min(wake_at) - workflow_now())::float FROM workflow_instance
        WHERE queue = ANY(%(queues)s::text[]) AND worker_id IS NULL AND wake_at IS NOT NULL
          AND wake_at > workflow_now() - interval '100 milliseconds'"""
    seconds: float | None = fetch(sql, {"queues": queues})[0][0]
    return seconds


def held_by(worker_id: str) -> list[tuple[str, int]]:
    sql = "SELECT id::text, token FROM workflow_instance WHERE worker_id = %(worker)s::text::uuid"
    return [(row[0], row[1]) for row in fetch(sql, {"worker": worker_id})]


def give_back(worker_id: str, instance_id: str, token: int) -> bool:
    """A turn that is in the table and not in memory: due again. False when it is not ours, or its row is locked."""
    rows = fetch(
        """UPDATE workflow_instance SET worker_id = NULL, wake_at = workflow_now() WHERE id IN (
            SELECT id FROM workflow_instance
            WHERE id = %(id)s::text::uuid AND worker_id = %(worker)s::text::uuid AND token = %(token)s
            FOR NO KEY UPDATE SKIP LOCKED) RETURNING 1""",
        {"id": instance_id, "worker": worker_id, "token": token},
    )
    return bool(rows)


def take(instance_id: str, worker_id: str, *, using: str) -> Lease | None:
    """The lease of one unheld instance for an inline turn, inside the caller's transaction, which made it due just now
    (after `now()`, which is when that transaction began)."""
    sql = f"""UPDATE workflow_instance
        SET worker_id = %(worker)s::text::uuid, token = token + 1, wake_at = NULL, waiting_for = NULL
        WHERE id = %(id)s::text::uuid AND worker_id IS NULL AND wake_at IS NOT NULL
          AND status IN ('ACTIVE', 'COMPENSATING') AND recovery_count < 2
        RETURNING {COLUMNS}"""  # noqa: S608  the columns are ours
    rows: list[tuple[Any, ...]] = fetch(sql, {"id": instance_id, "worker": worker_id}, using=using)
    return lease_of(rows[0]) if rows else None
