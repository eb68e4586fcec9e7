"""`manage.py create_api_key NAME --scope onboarding`: the key of a client application, printed this once."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflow.engine.keys import InvalidKey, create_key, revoke_key, rotate_key
from workflow.engine.scopes import SCOPES


class Command(BaseCommand):
    help = "Makes an API key for a client application and prints it. Only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the client application; it sees what it started, under any of its keys")
        parser.add_argument(
            "--scope", action="append", default=[], help="what the key opens; may be given several times"
        )
        parser.add_argument("--key", help="a key to bring along: sf_ and at least 32 characters")
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--rotate", action="store_true", help="give it a new key; the old one stops at once")
        way.add_argument("--revoke", action="store_true", help="its key opens nothing from now on")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            self._do(options)
        except InvalidKey as error:
            raise CommandError(error.message) from error

    def _do(self, options: dict[str, Any]) -> None:
        if options["revoke"]:
            revoke_key(options["name"])
        elif options["rotate"]:
            self.stdout.write(rotate_key(options["name"], options["key"]))
        else:
            check_scopes(options["scope"])
            self.stdout.write(create_key(options["name"], options["scope"], options["key"]))


def check_scopes(asked: list[str]) -> None:
    """Views declare scopes, so the addresses are read first."""
    import_module(settings.ROOT_URLCONF)
    for scope in asked:
        if scope not in SCOPES:
            known = "; ".join(f"{name}: {meaning}" for name, meaning in sorted(SCOPES.items()))
            raise CommandError(f"There is no scope {scope!r}. Known are {known}.")
