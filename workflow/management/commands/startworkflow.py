"""`manage.py startworkflow NAME`: another business, with a workflow that works and is tested."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.templates import TemplateCommand

SKELETON = Path(__file__).resolve().parents[1] / "skeleton"


class Command(TemplateCommand):
    help = "Makes a Django app with a durable workflow, its steps and undo, an admin screen and tests."
    missing_args_message = "Name the application, in lower case: startworkflow refunds"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the application, such as refunds")
        parser.add_argument("directory", nargs="?", help="where to put it; the current folder")

    def handle(self, name: str, directory: str | None = None, **options: Any) -> None:  # type: ignore[override]
        about = {"template": str(SKELETON), "extensions": ["py", "md"], "files": [], "exclude": None}
        super().handle("app", name, directory, **{**options, **about})
        self.stdout.write(f"{name} is made. Its README says how to install it: {directory or name}/README.md")
