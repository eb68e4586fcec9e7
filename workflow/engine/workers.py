"""Worker rows: registering a process, its heartbeat, and what it was deployed with. Also: which workers are dead."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any

import orjson

from workflow.conf import conf
from workflow.core.graph import graph_of
from workflow.core.registry import registry
from workflow.engine.claims import known_definitions
from workflow.engine.connection import fetch

DEAD = """w.stopped_at IS NULL AND GREATEST(w.heartbeat_at, pg_postmaster_start_time())
    < clock_timestamp() - make_interval(secs => %(dead_after)s)"""


@dataclass(slots=True)
class Beat:
    busy: int
    lost_threads: int
    fenced_writes: int
    draining: bool


def register(worker_id: str, *, kind: str, queues: list[str], slots: int) -> None:
    """A new row at every process start."""
    fetch(
        """INSERT INTO workflow_worker
            (id, kind, host, pid, queues, definitions, slots, busy, lost_threads, fenced_writes,
            draining, started_at, heartbeat_at)
        VALUES (%(id)s::text::uuid, %(kind)s, %(host)s, %(pid)s, %(queues)s::text::jsonb, %(definitions)s::text::jsonb,
            %(slots)s, 0, 0, 0, false, clock_timestamp(), clock_timestamp())""",
        {
            "id": worker_id,
            "kind": kind,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "queues": orjson.dumps(queues).decode(),
            "definitions": known_definitions(),
            "slots": slots,
        },
    )
    deploy()


def deploy() -> None:
    """Publish the graphs of this process's definitions: what the admin draws and operators query."""
    rows = [
        {"workflow": d.name, "version": d.version, "fingerprint": d.fingerprint, "graph": graph_of(d),
         "changes": dict(d.changes), "queue": d.queue}
        for d in registry
    ]  # fmt: skip
    fetch(
        """INSERT INTO workflow_definition (workflow, version, fingerprint, graph, changes, queue, deployed_at)
        SELECT workflow, version, fingerprint, graph, changes, queue, workflow_now()
        FROM json_to_recordset(%(rows)s::text::json)
            AS d(workflow text, version int, fingerprint text, graph jsonb, changes jsonb, queue text)
        ORDER BY workflow, version
        ON CONFLICT (workflow, version) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, graph = EXCLUDED.graph,
            changes = EXCLUDED.changes, queue = EXCLUDED.queue, deployed_at = EXCLUDED.deployed_at
        WHERE (workflow_definition.fingerprint, workflow_definition.graph, workflow_definition.changes)
            IS DISTINCT FROM (EXCLUDED.fingerprint, EXCLUDED.graph, EXCLUDED.changes)""",
        {"rows": orjson.dumps(rows).decode()},
    )


def beat(worker_id: str, state: Beat) -> bool:
    """Say that this process lives. False: its row is gone or stopped, so others may have taken its turns."""
    rows = fetch(
        """UPDATE workflow_worker SET heartbeat_at = clock_timestamp(), busy = %(busy)s, lost_threads = %(lost)s,
            fenced_writes = %(fenced)s, draining = %(draining)s
        WHERE id = %(id)s::text::uuid AND stopped_at IS NULL RETURNING 1""",
        {"id": worker_id, "busy": state.busy, "lost": state.lost_threads, "fenced": state.fenced_writes,
         "draining": state.draining},
    )  # fmt: skip
    return bool(rows)


def stop(worker_id: str) -> None:
    fetch(
        "UPDATE workflow_worker SET stopped_at = clock_timestamp(), busy = 0 WHERE id = %(id)s::text::uuid",
        {"id": worker_id},
    )


def dead() -> list[str]:
    """Workers that hold turns and have been silent too long, counted from the later of heartbeat and server start."""
    sql = f"""SELECT w.id::text FROM workflow_worker w WHERE {DEAD}
        UNION SELECT DISTINCT i.worker_id::text FROM workflow_instance i
        LEFT JOIN workflow_worker w ON w.id = i.worker_id
        WHERE i.worker_id IS NOT NULL AND (w.id IS NULL OR w.stopped_at IS NOT NULL)"""  # noqa: S608  our own condition
    rows: list[tuple[Any, ...]] = fetch(sql, {"dead_after": conf.dead_after_seconds})
    return [row[0] for row in rows]
