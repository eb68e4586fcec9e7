"""How the fleet stands now: workers and their heartbeats, what is due in each queue, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from workflow.conf import conf
from workflow.engine import canary
from workflow.queries.reading import reading

WORKERS_MAX = 1_000
STEP_SAMPLE_SIZE = 5_000
QUANTILES = (0.5, 0.95, 0.99)

WORKERS = """
    SELECT id, kind, host, pid, slots, busy, fenced_writes, draining, started_at, heartbeat_at,
           extract(epoch FROM clock_timestamp() - heartbeat_at) AS silent_seconds
    FROM workflow_worker
    WHERE stopped_at IS NULL AND heartbeat_at > clock_timestamp() - interval '1 hour'
    ORDER BY heartbeat_at DESC LIMIT %s"""
BACKLOGS = """
    SELECT queue, count(*), extract(epoch FROM workflow_now() - min(wake_at))
    FROM workflow_instance
    WHERE worker_id IS NULL AND wake_at IS NOT NULL AND wake_at <= workflow_now()
    GROUP BY queue ORDER BY queue"""
OPEN_INCIDENTS = """
    SELECT kind, status, count(*) FROM workflow_incident
    WHERE status IN ('OPEN', 'ACKNOWLEDGED') GROUP BY kind, status ORDER BY kind, status"""
CANARIES = """
    SELECT host, extract(epoch FROM clock_timestamp() - heartbeat_at)::float FROM workflow_worker
    WHERE kind = %s AND heartbeat_at > clock_timestamp() - interval '1 day' ORDER BY host"""
LIVE = """
    SELECT workflow, version, status, count(*) FROM workflow_instance
    WHERE finished_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
STEP_DURATIONS = """
    SELECT i.workflow, split_part(recent.step_key, '#', 1) AS step, count(*),
           percentile_cont(%s) WITHIN GROUP (ORDER BY extract(epoch FROM recent.finished_at - recent.started_at))
    FROM (
        SELECT instance_id, step_key, started_at, finished_at FROM step_execution ORDER BY id DESC LIMIT %s
    ) AS recent
    JOIN workflow_instance i ON i.id = recent.instance_id
    WHERE recent.finished_at IS NOT NULL
    GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True)
class WorkerStanding:
    """A process that takes turns, and for how long nothing was heard of it."""

    id: UUID
    kind: str
    host: str
    pid: int
    slots: int
    busy: int
    fenced_writes: int
    draining: bool
    started_at: Any
    heartbeat_at: Any
    silent_seconds: float

    @property
    def is_alive(self) -> bool:
        return float(self.silent_seconds) < float(conf.dead_after_seconds)


@dataclass(frozen=True)
class Backlog:
    """What is due in a queue and held by nobody."""

    queue: str
    due: int
    oldest_seconds: float


@dataclass(frozen=True)
class OpenIncidents:
    kind: str
    status: str
    count: int


@dataclass(frozen=True)
class Canary:
    """A queue whose own tasks say that it executes them, and since when they have not."""

    queue: str
    silent_seconds: float

    @property
    def is_late(self) -> bool:
        return self.silent_seconds > canary.LATE_SECONDS


@dataclass(frozen=True)
class LiveInstances:
    workflow: str
    version: int
    status: str
    count: int


@dataclass(frozen=True)
class StepDuration:
    """Of the latest finished attempts of a step: how many, and seconds at each of QUANTILES."""

    workflow: str
    step: str
    attempts: int
    seconds: list[float]


def list_workers() -> list[WorkerStanding]:
    """Those that have not said good-bye and were heard of within the hour."""
    return [WorkerStanding(*row) for row in _rows(WORKERS, [WORKERS_MAX])]


def list_backlogs() -> list[Backlog]:
    return [Backlog(queue, due, float(oldest)) for queue, due, oldest in _rows(BACKLOGS)]


def list_open_incidents() -> list[OpenIncidents]:
    return [OpenIncidents(*row) for row in _rows(OPEN_INCIDENTS)]


def list_canaries() -> list[Canary]:
    """Those that sang within the day; a queue that was taken out of service is forgotten after it."""
    return [Canary(*row) for row in _rows(CANARIES, [canary.KIND])]


def list_live_instances() -> list[LiveInstances]:
    """Over the index of live instances."""
    return [LiveInstances(*row) for row in _rows(LIVE)]


def list_step_durations() -> list[StepDuration]:
    """Over the latest 5,000 attempts: bounded work, however many there are."""
    return [StepDuration(*row) for row in _rows(STEP_DURATIONS, [list(QUANTILES), STEP_SAMPLE_SIZE])]


def _rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with reading(), connection.cursor() as cursor:
        cursor.execute(sql, parameters or [])
        return list(cursor.fetchall())
