"""What every scenario is given: the system, the outside world, and somebody to tell; and what it hands back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from onboarding.demonstration import CLIENT, KEY_VARIABLE, given
from onboarding.demonstration.customer import Customer, Site
from onboarding.demonstration.history import Fact, history, path, seconds
from onboarding.demonstration.people import Person
from simulator.client import SimulatorClient

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60


class ScenarioFailed(Exception):
    """The scenario did not end as it must; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of one instance."""

    scenario: str
    instance_id: str
    path: tuple[str, ...]
    status: str
    duration_seconds: float
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the scenarios are played."""

    site: Site
    simulator: SimulatorClient
    say: Callable[[str], None]
    endings: list[Ending] = field(default_factory=list)

    def customer(self, person: Person) -> Customer:
        """A customer whose steps are told."""
        return Customer(self.site, self.simulator, person, told=lambda what: self.say(f"    {what}"))

    def ended(self, scenario: str, customer: Customer, remark: str = "") -> list[Fact]:
        """Wait for the end, note it, and answer with the history."""
        status = customer.wait_for_end()
        facts = history(customer.instance_id)
        ending = Ending(scenario, customer.instance_id, tuple(path(facts)), status["status"], seconds(facts), remark)
        self.endings.append(ending)
        self.say(f"    ended {ending.status} after {ending.duration_seconds:.1f} s")
        return facts

    def remark(self, text: str) -> None:
        """Add to what was noted last."""
        self.endings[-1] = replace(self.endings[-1], remark=text)


def set_stage(say: Callable[[str], None]) -> Stage:
    """The running system that the settings and the environment name. Raises SettingMissing."""
    site = Site(str(settings.PUBLIC_URL).rstrip("/"), given(KEY_VARIABLE))
    return Stage(site, SimulatorClient(str(settings.SIMULATOR_URL)), say)


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raises ScenarioFailed, with both."""
    if found != wanted:
        raise ScenarioFailed(f"{what}: wanted {wanted}, found {found}.")


def start_under(customer: Customer, **environment: str) -> None:
    """Start in a process of its own, with other settings: what a deployment is."""
    command = [sys.executable, str(PROJECT / "manage.py"), "start_onboarding", customer.person.user_id]
    command += ["--client", CLIENT, "--phone-number", customer.person.phone_number]
    ended = subprocess.run(  # noqa: S603  our own command
        command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )
    if ended.returncode:
        raise ScenarioFailed(f"start_onboarding ended with {ended.returncode}: {ended.stderr.strip()[-500:]}")
    customer.instance_id = ended.stdout.strip().splitlines()[-1]
    told = ", ".join(f"{name}={value}" for name, value in environment.items())
    customer.told(f"started {customer.instance_id} by a process with {told}")
