"""/metrics, derived from the database: every process of any host answers the same, and a restart loses nothing.

Counters never fall: they are the tally plus what came since (`workflow.engine.tallies`), so pruning does not reset
them; only a new database does. One answer is kept for a few seconds, so that scrapers cannot load the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from workflow.core.registry import registry
from workflow.engine import tallies
from workflow.models import TERMINAL
from workflow.queries import health

CACHED_SECONDS = 5.0
CAUSES = ("FAILED", "TIMED_OUT", "CANCELLED", "REJECTED", "TERMINATED")
UNDO_OUTCOMES = ("COMPLETED", "FAILED")


class WorkflowCollector(Collector):
    """Asks the database once for each scrape that is not answered from memory."""

    def collect(self) -> Iterator[Metric]:
        tallies.fold()
        counts = {(c.measure, c.workflow, c.outcome): c.count for c in tallies.count_all()}
        yield from _counters(counts)
        yield from _workers()
        yield from _queues()
        yield _canaries()
        yield _incidents()
        yield from _steps()


def _counters(counts: dict[tuple[str, str, str], int]) -> Iterator[Metric]:
    """Every series exists from the beginning, at 0: a rate over a series that appears with its first failure is 0."""
    names = sorted({workflow for _, workflow, _ in counts if workflow} | {definition.name for definition in registry})
    executions = CounterMetricFamily("workflow_executions", "Instances that ended.", labels=("workflow", "outcome"))
    failures = CounterMetricFamily(
        "workflow_failures", "Instances that ended by failing.", labels=("workflow", "cause")
    )
    for workflow in names:
        for outcome in map(str, TERMINAL):
            executions.add_metric((workflow, outcome), counts.get(("EXECUTION", workflow, outcome), 0))
        for cause in CAUSES:
            failures.add_metric((workflow, cause), counts.get(("FAILURE", workflow, cause), 0))
    undos = CounterMetricFamily(
        "workflow_compensations", "Undos that took effect; rollbacks that failed.", labels=("outcome",)
    )
    for outcome in UNDO_OUTCOMES:
        undos.add_metric((outcome,), _over_all(counts, "COMPENSATION", outcome))
    recoveries = CounterMetricFamily("workflow_recoveries", "Turns of dead workers made due again.")
    recoveries.add_metric((), _over_all(counts, "RECOVERY", ""))
    return iter((executions, failures, undos, recoveries))


def _over_all(counts: dict[tuple[str, str, str], int], measure: str, outcome: str) -> int:
    return sum(count for (kind, _, how), count in counts.items() if kind == measure and how == outcome)


def _workers() -> Iterator[Metric]:
    """Labelled by worker: a series that ends with its process is no reset of the sum."""
    labels = ("worker", "kind", "host")
    fenced = CounterMetricFamily("workflow_fenced_writes", "Stale writes that the fence stopped.", labels=labels)
    age = GaugeMetricFamily("workflow_worker_heartbeat_age_seconds", "Since the last sign of life.", labels=labels)
    slots = GaugeMetricFamily("workflow_worker_slots", "Turns it may take at once.", labels=labels)
    busy = GaugeMetricFamily("workflow_worker_busy", "Turns it is taking.", labels=labels)
    for worker in health.list_workers():
        of = (str(worker.id), worker.kind, worker.host)
        fenced.add_metric(of, worker.fenced_writes)
        age.add_metric(of, float(worker.silent_seconds))
        slots.add_metric(of, worker.slots)
        busy.add_metric(of, worker.busy)
    return iter((fenced, age, slots, busy))


def _queues() -> Iterator[Metric]:
    due = GaugeMetricFamily("workflow_backlog", "Instances due and held by nobody.", labels=("queue",))
    oldest = GaugeMetricFamily("workflow_backlog_oldest_seconds", "How long the oldest is due.", labels=("queue",))
    backlogs = {backlog.queue: backlog for backlog in health.list_backlogs()}
    for queue in sorted({"default", *backlogs, *(definition.queue for definition in registry)}):
        found = backlogs.get(queue)
        due.add_metric((queue,), found.due if found else 0)
        oldest.add_metric((queue,), max(found.oldest_seconds, 0) if found else 0)
    return iter((due, oldest))


def _canaries() -> Metric:
    what = "Since a task of this queue was executed; it is sung every minute."
    family = GaugeMetricFamily("workflow_queue_canary_age_seconds", what, labels=("queue",))
    for found in health.list_canaries():
        family.add_metric((found.queue,), found.silent_seconds)
    return family


def _incidents() -> Metric:
    family = GaugeMetricFamily("workflow_incidents_open", "Incidents that are not resolved.", labels=("kind", "status"))
    for found in health.list_open_incidents():
        family.add_metric((found.kind, found.status), found.count)
    return family


def _steps() -> Iterator[Metric]:
    labels = ("workflow", "step")
    what = f"Quantiles over the finished of the latest {health.STEP_SAMPLE_SIZE} attempts."
    seconds = GaugeMetricFamily("workflow_step_duration_seconds", what, labels=(*labels, "quantile"))
    sampled = GaugeMetricFamily("workflow_step_duration_attempts", "How many attempts these are.", labels=labels)
    for duration in health.list_step_durations():
        of = (duration.workflow, duration.step)
        sampled.add_metric(of, duration.attempts)
        for quantile, value in zip(health.QUANTILES, duration.seconds, strict=True):
            seconds.add_metric((*of, str(quantile)), value)
    return iter((seconds, sampled))


class Exposition:
    """The text of one collection, kept for `seconds`; whoever comes meanwhile shares it."""

    def __init__(self, seconds: float = CACHED_SECONDS) -> None:
        self._seconds = seconds
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(WorkflowCollector())
        self._lock = threading.Lock()
        self._text = b""
        self._good_until = 0.0

    def text(self) -> bytes:
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._text = generate_latest(self._registry)
                self._good_until = time.monotonic() + self._seconds
            return self._text

    def forget(self) -> None:
        self._good_until = 0.0


exposition = Exposition()
