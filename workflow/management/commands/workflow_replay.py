"""`manage.py workflow_replay --open`: would the code on disk go on with every live instance? Run it before a deploy.

Ends with 1 when an instance would diverge, its row is not what its history says, or a live one has no code.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError

from workflow.engine.replayer import ReplayReport, Verdict, replay_all, replay_fleet


class Command(BaseCommand):
    help = "Replays histories against the stored rows and against the code on disk. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instance", nargs="*", type=UUID, help="ids of single instances")
        parser.add_argument("--open", action="store_true", help="every instance that has not ended")
        parser.add_argument("--workflow", help="every instance of this workflow; with --open its live ones")
        parser.add_argument("--json", action="store_true", help="one JSON object per instance, the counts last")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        counts: Counter[str] = Counter()
        alarms = 0
        for report in chosen(options):
            counts[report.verdict] += 1
            alarms += report.alarming
            self.tell(report, as_json=options["json"])
        counted = {str(verdict): counts[verdict] for verdict in Verdict}
        words = ", ".join(f"{number} {verdict}" for verdict, number in counted.items())
        self.stdout.write(json_line({"counts": counted}) if options["json"] else f"{counts.total()} replayed: {words}.")
        if alarms:
            raise CommandError(f"{alarms} instances would not go on with this code.")

    def tell(self, report: ReplayReport, *, as_json: bool) -> None:
        """In words only what needs a look; as JSON everything."""
        if as_json:
            self.stdout.write(json_line(report.to_json()))
        elif not report.ok:
            where = f" at event {report.divergence.sequence_number}" if report.divergence is not None else ""
            name = f"{report.workflow} v{report.version}"
            self.stdout.write(f"{report.instance_id} {name} {report.verdict}{where}: {report.message}")


def chosen(options: dict[str, Any]) -> Iterable[ReplayReport]:
    ids = [str(each) for each in options["instance"]]
    if bool(ids) == bool(options["open"] or options["workflow"]):
        raise CommandError("Give ids, or --open, or --workflow NAME.")
    if not ids:
        return replay_fleet(live_only=options["open"], workflow=options["workflow"])
    reports = list(replay_all(ids))
    if missing := set(ids) - {report.instance_id for report in reports}:
        raise CommandError(f"There is no instance {', '.join(sorted(missing))}.")
    return reports


def json_line(value: Any) -> str:
    return orjson.dumps(value).decode()
