"""Canaries: rows that a queue's own task stamps, so that a cluster which hangs while its processes live is noticed.

The row stands among the workers and takes no turns: it counts as stopped from the moment it was stamped.
"""

from __future__ import annotations

import os
import uuid

from workflow.engine.connection import fetch

KIND = "canary"
LATE_SECONDS = 180.0  # sung every minute; the scheduler of django-q2 looks every half


def stamp(queue: str) -> None:
    """Executed as a task of the queue of this name."""
    canary_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"canary:{queue}"))
    fetch(
        """INSERT INTO workflow_worker (id, kind, host, pid, queues, definitions, slots, busy, lost_threads,
            fenced_writes, draining, started_at, heartbeat_at, stopped_at)
        VALUES (%(id)s::text::uuid, %(kind)s, %(queue)s, %(pid)s, '[]', '[]', 0, 0, 0, 0, false, clock_timestamp(),
            clock_timestamp(), clock_timestamp())
        ON CONFLICT (id) DO UPDATE
        SET pid = EXCLUDED.pid, heartbeat_at = EXCLUDED.heartbeat_at, stopped_at = EXCLUDED.stopped_at""",
        {"id": canary_id, "kind": KIND, "queue": queue, "pid": os.getpid()},
    )
