"""The tasks of the cluster. Their arguments are pickled: plain numbers only. Each is harmless when lost or repeated."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django_q.conf import Conf
from django_q.tasks import async_task

from workflow.adapters.queues.django_q import process
from workflow.engine import canary, pruning, recovery, telemetry

BUDGET_SECONDS = 5.0  # of one job: a cluster that is told to end waits no longer for it
LINKS = 5  # follow-up jobs: half a minute of attention, until the next schedule
PATH = "workflow.adapters.queues.django_q.jobs"


def run_due(budget_seconds: float = BUDGET_SECONDS, links: int = 0) -> dict[str, int]:
    """Take turns of whatever is due for so long; then let `links` further jobs go on."""
    host = process.host()
    before = telemetry.counted("turns")
    give_up_at = time.monotonic() + budget_seconds
    host.run(until=lambda: time.monotonic() >= give_up_at or process.orphaned())
    if host.failed:
        process.end_broken()
    if links > 0 and not host.stopping:
        look_again(budget_seconds, links - 1)
    return {"turns": telemetry.counted("turns") - before}


def look_again(budget_seconds: float = BUDGET_SECONDS, links: int = LINKS) -> None:
    """A job at once; its success is not worth a row."""
    async_task(f"{PATH}.run_due", budget_seconds, links, q_options={"save": False, "group": "workflow"})


def recover() -> dict[str, int]:
    """Make the turns of dead workers due again."""
    return asdict(recovery.run_once())


def prune() -> dict[str, Any]:
    """Delete what ended long ago."""
    return pruning.run_once().to_json()


def sing() -> None:
    """The canary: proof that this cluster still executes tasks."""
    canary.stamp(Conf.CLUSTER_NAME)
