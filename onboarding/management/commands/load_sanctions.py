"""`manage.py load_sanctions FILE...`: the lists that applicants are screened against. Exits 1 if a file is refused."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding import services
from onboarding.errors import SanctionsFileError


class Command(BaseCommand):
    help = (
        "Loads OFAC's SDN.CSV or a targets.simple.csv of OpenSanctions; the format is recognised. A file replaces the "
        "earlier entries of its source, as a whole or not at all. Loading it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object per file")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        for path in options["files"]:
            try:
                report = services.load_sanctions(path)
            except SanctionsFileError as error:
                raise CommandError(f"{path}: {error.message}") from error
            self.stdout.write(
                json.dumps({"file": str(path), **asdict(report)}) if options["json"] else sentence(path, report)
            )


def sentence(path: Path, report: services.LoadReport) -> str:
    """What happened, for a person."""
    if not report.changed:
        return f"{path}: {report.source} holds these {report.entries} persons already."
    left_out = ", ".join(f"{count} {what}" for what, count in sorted(report.left_out.items())) or "nothing"
    return f"{path}: {report.source} now has {report.entries} persons; {report.removed} removed; left out: {left_out}."
