"""Pruning: what ended RETENTION_DAYS ago goes, batch by batch; keys with their answers stay for IDEMPOTENCY_DAYS.

An instance goes as a whole, in one transaction. One with an open incident stays, and so does what the counters have
not counted yet. Unpublished messages stay until they are published.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from workflow.conf import conf
from workflow.engine import tallies
from workflow.engine.connection import fetch
from workflow.engine.statements import statement

BATCH_SIZE = 200
INSTANCES_MAX = 20_000  # of one run; the next one goes on

OF_INSTANCE = {
    "events": "workflow_event",
    "steps": "step_execution",
    "snapshots": "state_snapshot",
    "inbox": "workflow_inbox",
    "incidents": "workflow_incident",
}
BY_AGE = {
    "outbox": ("workflow_outbox", "published_at", "retention_days"),
    "idempotency": ("workflow_idempotency", "created_at", "idempotency_days"),
    "workers": ("workflow_worker", "stopped_at", "retention_days"),
}


@dataclass(slots=True)
class Report:
    """How many rows went (or, in a dry run, would go)."""

    enabled: bool = True
    dry_run: bool = False
    instances: int = 0
    events: int = 0
    steps: int = 0
    snapshots: int = 0
    inbox: int = 0
    incidents: int = 0
    outbox: int = 0
    idempotency: int = 0
    workers: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        counts = ", ".join(f"{getattr(self, f.name)} {f.name}" for f in fields(self) if f.type == "int")
        return f"{'Would prune' if self.dry_run else 'Pruned'} {counts}."


def run_once(limit: int = INSTANCES_MAX, *, dry_run: bool = False) -> Report:
    """One round. CLEANUP_ENABLED off: nothing happens, and the report says so."""
    report = Report(enabled=bool(conf.cleanup_enabled), dry_run=dry_run)
    if not report.enabled:
        return report
    before = _retained_until() if dry_run else _counted_until()
    while before is not None and report.instances < limit:
        size = limit if dry_run else min(BATCH_SIZE, limit - report.instances)
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            ids = [row[0] for row in _ask("prunable", before=before, limit=size)]
            _prune(ids, report)
        if dry_run or not ids:
            break
    for what in BY_AGE:
        _prune_by_age(what, report)
    return report


def _retained_until() -> datetime:
    sql = "SELECT workflow_now() - make_interval(days => %(days)s::int)"
    until: datetime = fetch(sql, {"days": int(conf.retention_days)}, using=DEFAULT_DB_ALIAS)[0][0]
    return until


def _counted_until() -> datetime | None:
    """The end of retention, but never what the counters have not counted yet. None: they have counted nothing."""
    tallies.fold()
    counted = fetch("SELECT max(counted_until) FROM workflow_tally", {}, using=DEFAULT_DB_ALIAS)[0][0]
    return None if counted is None else min(counted, _retained_until())


def _prune(ids: list[str], report: Report) -> None:
    """These instances and all that is theirs. Inside a transaction that holds their rows."""
    report.instances += len(ids)
    if report.dry_run:
        for what, table in OF_INSTANCE.items():
            sql = f"SELECT count(*)::int FROM {table} WHERE instance_id = ANY(%(ids)s::text[]::uuid[])"  # noqa: S608
            _add(report, what, fetch(sql, {"ids": ids}, using=DEFAULT_DB_ALIAS)[0][0])
        return
    _ask("prune_answers", ids=ids)
    fetch("SELECT set_config('workflow.prune', 'on', true)", {}, using=DEFAULT_DB_ALIAS)
    for what, table in OF_INSTANCE.items():
        _add(report, what, _delete(f"{table} WHERE instance_id = ANY(%(ids)s::text[]::uuid[])", ids=ids))
    _delete("workflow_instance WHERE id = ANY(%(ids)s::text[]::uuid[])", ids=ids)
    fetch("SELECT set_config('workflow.prune', '', true)", {}, using=DEFAULT_DB_ALIAS)


def _prune_by_age(what: str, report: Report) -> None:
    table, column, setting = BY_AGE[what]
    old = f"{column} < workflow_now() - make_interval(days => %(days)s::int)"
    days = int(getattr(conf, setting))
    if report.dry_run:
        sql = f"SELECT count(*)::int FROM {table} WHERE {old}"  # noqa: S608
        _add(report, what, fetch(sql, {"days": days}, using=DEFAULT_DB_ALIAS)[0][0])
        return
    batch = f"{table} WHERE id IN (SELECT id FROM {table} WHERE {old} ORDER BY {column} LIMIT {BATCH_SIZE * 10})"  # noqa: S608
    while gone := _delete(batch, days=days):
        _add(report, what, gone)


def _delete(what: str, **given: Any) -> int:
    """How many rows went."""
    sql = f"WITH gone AS (DELETE FROM {what} RETURNING 1) SELECT count(*)::int FROM gone"  # noqa: S608
    count: int = fetch(sql, given, using=DEFAULT_DB_ALIAS)[0][0]
    return count


def _ask(name: str, **given: Any) -> list[tuple[Any, ...]]:
    return fetch(statement(name), given, using=DEFAULT_DB_ALIAS)


def _add(report: Report, what: str, count: int) -> None:
    setattr(report, what, getattr(report, what) + count)
