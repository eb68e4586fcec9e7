"""`manage.py workflow_status`: how the fleet stands now. Ends with 1 when nobody takes turns."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from workflow.queries import health

WEB = "web"  # drives what its own calls start; it is no worker


class Command(BaseCommand):
    help = "Shows live instances, workers, what is due, and open incidents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        found = standing()
        if options["json"]:
            self.stdout.write(orjson.dumps(found, default=str).decode())
        else:
            self.stdout.write("\n".join(words(found)))
        if not any(worker["alive"] and worker["kind"] != WEB for worker in found["workers"]):
            raise CommandError("No worker gave a sign of life.")


def standing() -> dict[str, Any]:
    """Everything that is shown."""
    workers = [{**asdict(worker), "alive": worker.is_alive} for worker in health.list_workers()]
    return {
        "instances": [asdict(count) for count in health.list_live_instances()],
        "workers": workers,
        "backlog": [asdict(backlog) for backlog in health.list_backlogs()],
        "incidents": [asdict(incident) for incident in health.list_open_incidents()],
    }


def words(found: dict[str, Any]) -> Iterator[str]:
    """One line per fact."""
    for count in found["instances"]:
        yield "{workflow} v{version}: {count} {status}".format_map(count)
    for worker in found["workers"]:
        state = "draining" if worker["draining"] else "alive" if worker["alive"] else "silent"
        yield "{kind} {host}:{pid} {state}, {busy} of {slots} busy, heard of {silent_seconds:.1f} s ago".format_map(
            {**worker, "state": state}
        )
    for backlog in found["backlog"]:
        yield "queue {queue}: {due} due, the oldest for {oldest_seconds:.1f} s".format_map(backlog)
    for incident in found["incidents"]:
        yield "incidents: {count} {kind} {status}".format_map(incident)
    if not found["instances"]:
        yield "No live instance."
