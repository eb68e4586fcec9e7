"""How one workflow stands now, in a handful of bounded questions."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count as CountOf

from workflow.engine import tallies
from workflow.models import Instance
from workflow.queries import definitions, health
from workflow.queries.health import Backlog, OpenIncidents, WorkerStanding
from workflow.queries.reading import reading


@dataclass(frozen=True)
class LiveCount:
    """So many live instances stand in a state with a status."""

    status: str
    state: str | None
    version: int
    count: int


@dataclass(frozen=True)
class Ending:
    """So many instances ended so, ever."""

    outcome: str
    count: int


@dataclass(frozen=True)
class Overview:
    workflow: str
    live: list[LiveCount]
    endings: list[Ending]
    backlogs: list[Backlog]
    incidents: list[OpenIncidents]
    workers: list[WorkerStanding]


def of_workflow(workflow: str) -> Overview:
    """Raises UnknownDefinition. Backlogs, incidents and workers are those of the whole system."""
    definitions.check_known(workflow)
    return Overview(
        workflow=workflow,
        live=count_live(workflow),
        endings=count_endings(workflow),
        backlogs=health.list_backlogs(),
        incidents=health.list_open_incidents(),
        workers=health.list_workers(),
    )


def count_live(workflow: str) -> list[LiveCount]:
    """Over the index of live instances."""
    with reading():
        rows = Instance.objects.of(workflow).live().order_by().values_list("status", "state", "version")
        counted = rows.annotate(count=CountOf("id")).order_by("status", "state", "version")
        return [LiveCount(*row) for row in counted]


def count_endings(workflow: str) -> list[Ending]:
    """Of all time: pruned instances count."""
    counts = [c for c in tallies.count_all() if c.measure == "EXECUTION" and c.workflow == workflow]
    return [Ending(c.outcome, c.count) for c in counts]
