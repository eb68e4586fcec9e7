"""`manage.py demo`: plays the four scenarios against the running system. Exits 1 if one does not end as it must."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding.demonstration import SettingMissing
from onboarding.demonstration.customer import CallRefused, PatienceEnded
from onboarding.demonstration.scenarios import SCENARIOS
from onboarding.demonstration.stage import ScenarioFailed, Stage, set_stage
from onboarding.demonstration.table import table


class Command(BaseCommand):
    help = "Plays the four scenarios over HTTP against the system that the settings name, and shows what came of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenarios", nargs="*", metavar="NUMBER", help="which ones; all of them without")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        wanted = options["scenarios"] or [name[0] for name in SCENARIOS]
        chosen = [name for name in SCENARIOS if name[0] in wanted]
        if len(chosen) != len(set(wanted)):
            raise CommandError(f"There are the scenarios {', '.join(name[0] for name in SCENARIOS)}.")
        try:
            stage = set_stage(self.say)
        except SettingMissing as missing:
            raise CommandError(str(missing)) from missing
        failed = [name for name in chosen if not self.play(name, stage)]
        self.say(f"\n{table(stage.endings, stage.site.url)}")
        if failed:
            raise CommandError(f"Not as it must be: {'; '.join(failed)}.")

    def play(self, name: str, stage: Stage) -> bool:
        """One scenario; the others are played even if it fails."""
        self.say(f"\n{name}")
        try:
            SCENARIOS[name](stage)
        except (ScenarioFailed, CallRefused, PatienceEnded) as problem:
            self.stderr.write(f"    FAILED: {problem}")
            return False
        return True

    def say(self, text: str) -> None:
        """At once, for somebody who watches."""
        self.stdout.write(text)
        self.stdout.flush()
