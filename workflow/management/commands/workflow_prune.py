"""`manage.py workflow_prune`: one round of pruning. The schedules of every host run the same function."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from workflow.engine import pruning


class Command(BaseCommand):
    help = "Deletes what ended WORKFLOW_RETENTION_DAYS ago, and keys older than WORKFLOW_IDEMPOTENCY_DAYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what would go")
        parser.add_argument("--limit", type=int, default=pruning.INSTANCES_MAX, help="instances at most (20000)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        report = pruning.run_once(options["limit"], dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(orjson.dumps(report.to_json()).decode())
        else:
            self.stdout.write(str(report) if report.enabled else "WORKFLOW_CLEANUP_ENABLED is off: nothing is pruned.")
