"""Scenario 4: who started before logic 2 and v2 were deployed finishes on logic 1 and v1, while new ones run the new.

A deployment is processes with other settings. One customer is started by a process of before, one by a process of
after; then the same workers carry both through. Both give the address of a role, which logic 2 does not take.
"""

from __future__ import annotations

from onboarding.demonstration.customer import CallRefused, Customer
from onboarding.demonstration.history import marker, path
from onboarding.demonstration.people import somebody
from onboarding.demonstration.scenarios.by_http_alone import PATH
from onboarding.demonstration.stage import ScenarioFailed, Stage, expect, start_under
from onboarding.email_rules import CHANGE
from onboarding.states import State

ROLE = "info@example.com"
BEFORE = {"ONBOARDING_EMAIL_LOGIC": "1", "ONBOARDING_DEFAULT_VERSION": "1"}
AFTER = {"ONBOARDING_EMAIL_LOGIC": "2", "ONBOARDING_DEFAULT_VERSION": "2"}
PATH_V2 = [
    *PATH[: PATH.index(State.AML_PENDING)],
    State.ACCOUNT_CREATED,
    State.WALLET_CREATED,
    State.CARD_ACTIVATED,
    State.AML_PENDING,
    State.AML_CLEARED,
    State.COMPLETED,
]


def deployment(stage: Stage) -> None:
    """Side by side."""
    old, new = stage.customer(somebody().but(email=ROLE)), stage.customer(somebody().but(email=ROLE))
    start_under(old, **BEFORE)
    stage.say("    -- deployed: logic 2 and v2 --")
    start_under(new, **AFTER)
    for customer in (old, new):
        customer.give_code()
    old.give_profile()
    _refused(new)
    new.person = new.person.but(email="somebody@example.com")
    new.give_profile()
    for customer in (old, new):
        customer.give_document()
        customer.submit()
    old_facts = stage.ended("4 before the deployment", old, "v1, logic 1 took the address of a role")
    new_facts = stage.ended("4 after the deployment", new, "v2, logic 2 refused it")
    expect("the old one's path", path(old_facts), PATH)
    expect("the old one's logic", marker(old_facts, CHANGE), 1)
    expect("the new one's path", path(new_facts), PATH_V2)
    expect("the new one's logic", marker(new_facts, CHANGE), 2)


def _refused(customer: Customer) -> None:
    try:
        customer.give_profile()
    except CallRefused as refused:
        expect("the refusal", refused.problem.get("code"), "profile-invalid")
        customer.told("the profile is refused by logic 2")
        return
    raise ScenarioFailed("Logic 2 took the address of a role.")
