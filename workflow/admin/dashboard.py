"""The first screen: how many instances stand how, what is broken, who works, what waits; and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from workflow.engine import tallies
from workflow.models import Instance, Status
from workflow.queries import definitions, health
from workflow.queries.reading import reading

LIVE_COLUMNS = (Status.ACTIVE, Status.PAUSED, Status.COMPENSATING, Status.COMPENSATION_FAILED)
END_COLUMNS = (Status.COMPLETED, Status.COMPENSATED, Status.FAILED, Status.CANCELLED, Status.TIMED_OUT)
COLUMNS = (*LIVE_COLUMNS, *END_COLUMNS)


@dataclass(frozen=True)
class Cell:
    status: str
    count: int


@dataclass(frozen=True)
class Row:
    """One workflow: a count for each status; ended ones of all time."""

    workflow: str
    cells: list[Cell]


@dataclass(frozen=True)
class Advice:
    """What is wrong with the system as a whole, and what to do."""

    tone: str
    words: str
    command: str = ""


@dataclass
class Dashboard:
    rows: list[Row] = field(default_factory=list)
    open_incidents: int = 0
    acknowledged_incidents: int = 0
    workers: list[health.WorkerStanding] = field(default_factory=list)
    backlogs: list[health.Backlog] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    columns: tuple[str, ...] = tuple(str(status) for status in COLUMNS)

    @property
    def alive(self) -> list[health.WorkerStanding]:
        return [worker for worker in self.workers if worker.is_alive]

    @property
    def due(self) -> int:
        return sum(backlog.due for backlog in self.backlogs)

    @property
    def oldest_seconds(self) -> float:
        return max((backlog.oldest_seconds for backlog in self.backlogs), default=0.0)

    @property
    def live(self) -> int:
        return sum(cell.count for row in self.rows for cell in row.cells if cell.status in LIVE_COLUMNS)

    @property
    def busy(self) -> int:
        return sum(worker.busy for worker in self.alive)

    @property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.alive)


def read_dashboard() -> Dashboard:
    """A handful of bounded questions."""
    incidents: dict[str, int] = defaultdict(int)
    for found in health.list_open_incidents():
        incidents[found.status] += found.count
    dashboard = Dashboard(
        rows=_rows(),
        open_incidents=incidents["OPEN"],
        acknowledged_incidents=incidents["ACKNOWLEDGED"],
        workers=health.list_workers(),
        backlogs=health.list_backlogs(),
    )
    dashboard.advice = list(_advice(dashboard))
    return dashboard


def _rows() -> list[Row]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    with reading():
        live = Instance.objects.live().order_by().values_list("workflow", "status").annotate(Count("id"))
        counts.update({(workflow, status): count for workflow, status, count in live})
    for ended in tallies.count_all():
        if ended.measure == "EXECUTION":
            counts[ended.workflow, ended.outcome] += ended.count
    names = {found.workflow for found in definitions.list_workflows()} | {workflow for workflow, _ in counts}
    return [
        Row(name, [Cell(str(status), counts.get((name, status), 0)) for status in COLUMNS]) for name in sorted(names)
    ]


def _advice(dashboard: Dashboard) -> Any:
    if not dashboard.alive:
        waits = "Nothing goes on until one does." if dashboard.live else "Nothing will run until one does."
        yield Advice("bad", f"No worker lives. {waits} Start one:", "manage.py workflow_worker")
    elif all(worker.draining for worker in dashboard.alive):
        yield Advice("bad", "Every worker drains and takes nothing new. Start another:", "manage.py workflow_worker")
    if dashboard.open_incidents:
        yield Advice("bad", "Incidents are open: each blocks its instance until somebody decides.")
    if not any(cell.count for row in dashboard.rows for cell in row.cells):
        yield Advice("calm", "No instance exists yet. The API starts them (see /api/docs), and so does:", "make demo")
