"""Recovery: turns of dead workers made due again, one RECOVERY event each. An ordinary compare-and-set, run by anybody.

recovery_count counts takeovers without progress: from 2 the instance runs alone, at 5 it is quarantined by an incident.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflow.conf import conf
from workflow.engine import statements, telemetry, workers
from workflow.engine.connection import fetch

RECOVERY_BATCH_SIZE = 500
QUARANTINE_RECOVERIES = 5


@dataclass(frozen=True, slots=True)
class Report:
    recovered: int = 0
    quarantined: int = 0
    without_definition: int = 0


def run_once(limit: int = RECOVERY_BATCH_SIZE) -> Report:
    """One round: dead workers' turns, then instances whose definition nobody alive knows."""
    recovered = quarantined = 0
    if dead := workers.dead():
        rows = fetch(
            statements.statement("recover"),
            {"dead": dead, "limit": limit, "quarantine": QUARANTINE_RECOVERIES, "dead_after": conf.dead_after_seconds},
        )
        recovered, quarantined = len(rows), sum(row[1] for row in rows)
        telemetry.count("recoveries", recovered)
    without = fetch(
        statements.statement("missing_definitions"),
        {"after": conf.missing_definition_seconds, "limit": limit, "dead_after": conf.dead_after_seconds},
    )
    return Report(recovered, quarantined, len(without))


def suspicious_due(queues: list[str]) -> bool:
    """Whether an instance that must run alone is due."""
    sql = """SELECT EXISTS (SELECT 1 FROM workflow_instance WHERE queue = ANY(%(queues)s::text[]) AND worker_id IS NULL
        AND wake_at <= workflow_now() AND status IN ('ACTIVE', 'COMPENSATING') AND recovery_count >= 2)"""
    return bool(fetch(sql, {"queues": queues})[0][0])
