"""`manage.py start_onboarding USER`: starts what the API starts, under the settings of this process."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding import services
from onboarding.errors import OnboardingError
from workflow.client import WorkflowError


class Command(BaseCommand):
    help = "Starts the onboarding of a user of a client application, or names the one that is under way."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="who it is to the client application")
        parser.add_argument("--client", required=True, help="the client application, by the name of its API key")
        parser.add_argument("--phone-number", help="in E.164 form; without it the user directory is asked")
        parser.add_argument("--machine", type=int, choices=(1, 2), help="its version (ONBOARDING_DEFAULT_VERSION)")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            started = services.start_onboarding(
                client=options["client"],
                user_id=options["user"],
                phone_number=options["phone_number"],
                version=options["machine"],
                actor_id="command",
            )
        except (OnboardingError, WorkflowError) as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        told = {"instanceId": started.instance_id, "created": started.created, "status": started.status}
        self.stdout.write(json.dumps(told) if options["json"] else started.instance_id)
