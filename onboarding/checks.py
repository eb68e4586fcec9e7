"""System checks: the machines use only edges that the applicant's FSM permits, and the settings can work.

onboarding.E001  a machine has an arrow that the applicant's status cannot follow
onboarding.E002  a machine knows a state that the applicant's status does not
onboarding.E003  a state that waits for somebody has no limit
onboarding.E004  ONBOARDING_DEFAULT_VERSION or ONBOARDING_EMAIL_LOGIC names nothing that exists
onboarding.E005  ONBOARDING_OTP_KEY is missing
onboarding.E006  a provider is configured so that its adapter cannot be made
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from onboarding import conf
from onboarding.email_rules import PERSONAL_MAILBOX, SYNTAX_ONLY
from onboarding.models.applicant import applicant_edges
from onboarding.providers.registry import configuration_problems
from onboarding.states import State
from workflow import Machine


@register("onboarding")
def check_onboarding(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Every check of this app."""
    from onboarding.workflows import OnboardingV1, OnboardingV2

    machines: tuple[type[Machine], ...] = (OnboardingV1, OnboardingV2)
    found: list[CheckMessage] = []
    for machine in machines:
        found += [*check_edges(machine, applicant_edges()), *check_limits(machine)]
    return [*found, *check_settings({machine.version for machine in machines}), *check_providers()]


def check_edges(machine: type[Machine], permitted: Iterable[tuple[str, str]]) -> list[CheckMessage]:
    """Every arrow that moves is an edge of the FSM; staying where one is moves nothing."""
    edges = frozenset(permitted)
    arrows = {(str(t.source), str(t.to)) for t in machine.transitions if t.source != t.to}
    found: list[CheckMessage] = []
    for source, to in sorted(arrows - edges):
        message = f"{machine.__qualname__} leads from {source} to {to}, where the applicant cannot follow."
        found.append(Error(message, id="onboarding.E001"))
    for state in sorted(set(machine.states()) - set(State.values)):
        message = f"{machine.__qualname__} knows {state}, which is no state of an applicant."
        found.append(Error(message, id="onboarding.E002"))
    return found


def check_limits(machine: type[Machine]) -> list[CheckMessage]:
    """Nobody is waited for without end."""
    return [
        Error(f"{machine.__qualname__} waits in {state} without a limit.", id="onboarding.E003")
        for state in machine.states()
        if machine.actions(state) and machine.limit(state) is None
    ]


def check_settings(versions: set[int]) -> list[CheckMessage]:
    """The settings name what exists."""
    found: list[CheckMessage] = []
    if conf.default_version() not in versions:
        known = ", ".join(map(str, sorted(versions)))
        found.append(Error(f"ONBOARDING_DEFAULT_VERSION is none of {known}.", id="onboarding.E004"))
    if conf.email_logic() not in (SYNTAX_ONLY, PERSONAL_MAILBOX):
        found.append(Error("ONBOARDING_EMAIL_LOGIC is neither 1 nor 2.", id="onboarding.E004"))
    try:
        conf.otp_key()
    except ImproperlyConfigured as error:
        found.append(Error(str(error), id="onboarding.E005"))
    return found


def check_providers() -> list[CheckMessage]:
    """Every port has somebody who answers."""
    return [Error(problem, id="onboarding.E006") for problem in configuration_problems()]
