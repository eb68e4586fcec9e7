"""`manage.py demo_driver`: keeps starting onboardings of mixed outcomes on both versions, until SIGTERM."""

from __future__ import annotations

import secrets
import signal
from argparse import ArgumentParser
from threading import Event
from types import FrameType
from typing import Any

import structlog
import urllib3
from django.core.management.base import BaseCommand, CommandError

from onboarding import services
from onboarding.demonstration import CLIENT, SettingMissing
from onboarding.demonstration.customer import CallRefused, PatienceEnded
from onboarding.demonstration.stage import Stage, set_stage
from onboarding.demonstration.visits import Visit, next_visit
from simulator.client import SimulatorError

PAUSE_SECONDS = 5.0
VERSIONS = (1, 2)
TROUBLES = (CallRefused, PatienceEnded, SimulatorError, urllib3.exceptions.HTTPError)
log = structlog.get_logger(__name__)


class Ended(BaseException):
    """Somebody asked for the end; a customer who is on the way is left there."""


class Command(BaseCommand):
    help = "Plays customers against the running system, one after the other, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pause-seconds", type=float, default=PAUSE_SECONDS, help="the longest between two (5)")
        parser.add_argument("--visits", type=int, help="end after so many")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            stage = set_stage(self.stdout.write)
        except SettingMissing as missing:
            raise CommandError(str(missing)) from missing
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        try:
            drive(stage, options["pause_seconds"], options["visits"])
        except Ended:
            self.stdout.write("Ended.")


def end(_number: int, _frame: FrameType | None) -> None:
    """Wherever the customer stands."""
    raise Ended


def drive(stage: Stage, pause_seconds: float, visits: int | None) -> None:
    """One customer after the other. A system that is starting or busy is tried again with the next one."""
    played = 0
    while visits is None or played < visits:
        visit = next_visit()
        try:
            play(stage, visit, secrets.choice(VERSIONS))
        except TROUBLES as trouble:
            log.warning("a customer gave up", visit=visit.name, trouble=str(trouble))
        played += 1
        Event().wait(pause_seconds * (0.5 + secrets.randbelow(51) / 100))


def play(stage: Stage, visit: Visit, version: int) -> None:
    """One customer. Clients cannot choose the version, so the start is the service's; everything else is HTTP."""
    customer = stage.customer(visit.person())
    started = services.start_onboarding(
        client=CLIENT,
        user_id=customer.person.user_id,
        phone_number=customer.person.phone_number,
        version=version,
        actor_id="demo_driver",
    )
    customer.instance_id = started.instance_id
    log.info("a customer comes", visit=visit.name, version=version, instance_id=started.instance_id)
    visit.act(customer)
