"""`manage.py workflow_recover`: one round of recovery. Every worker's heartbeat runs the same function."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from workflow.engine import recovery
from workflow.engine.wakeup import notifier


class Command(BaseCommand):
    help = "Makes the turns of dead workers due again, and opens incidents for instances whose code nobody has."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=recovery.RECOVERY_BATCH_SIZE, help="instances at most (500)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        report = recovery.run_once(options["limit"])
        if report.recovered:
            notifier.notify()
        if options["json"]:
            self.stdout.write(orjson.dumps(asdict(report)).decode())
            return
        words = f"{report.recovered} recovered, {report.quarantined} of them quarantined"
        self.stdout.write(f"{words}, {report.without_definition} without a definition.")
