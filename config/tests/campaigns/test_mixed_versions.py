"""A rolling deployment: workers of before and after side by side; each instance stays on the logic it started with.

What the workers of before do not know (a change of the e-mail rule) they leave alone.
"""

from __future__ import annotations

from config.tests.campaigns import verdicts
from config.tests.campaigns.crew import Crew, eventually
from config.tests.campaigns.customers import CLIENT, Customer, crowd
from onboarding.demonstration.history import history, marker, path
from onboarding.email_rules import CHANGE
from onboarding.states import State
from simulator.testing import SimulatorProcess
from workflow import client as engine

BEFORE = {"ONBOARDING_DEFAULT_VERSION": "1", "ONBOARDING_EMAIL_LOGIC": "1"}
AFTER = {"ONBOARDING_DEFAULT_VERSION": "2", "ONBOARDING_EMAIL_LOGIC": "2"}
ROLE = "info@example.com"
CLAIMED = "SELECT token FROM workflow_instance WHERE id = %(id)s::uuid"
HOLDERS = """SELECT DISTINCT s.worker_id::text FROM step_execution s JOIN workflow_instance i ON i.id = s.instance_id
    WHERE i.version = 2 AND s.worker_id IN (SELECT id FROM workflow_worker WHERE pid = ANY(%(pids)s))"""


def started_under(crew: Crew, customer: Customer, environment: dict[str, str]) -> Customer:
    """By a process of that deployment."""
    words = ["start_onboarding", customer.person.user_id, "--client", CLIENT]
    told = crew.command(*words, "--phone-number", customer.person.phone_number, **environment)
    customer.instance_id = told.strip().splitlines()[-1]
    return customer


def with_role_address(customer: Customer) -> Customer:
    """An address that logic 1 takes and logic 2 refuses."""
    customer.person = customer.person.but(email=ROLE)
    return customer


def go_on(*customers: Customer) -> bool:
    for customer in customers:
        customer.advance()
    return all(customer.ended for customer in customers)


def test_each_stays_on_its_logic(onboarding_crew: Crew, simulator: SimulatorProcess) -> None:
    crew = onboarding_crew
    first, second, new, late = (customer for customer in crowd(simulator, 4))
    for customer in (first, second):
        customer.version = 1
        started_under(crew, with_role_address(customer), BEFORE)
    for customer in (new, late):
        customer.version = 2
    old_workers = crew.workers(1, **BEFORE)
    first.reach(State.PROFILE_COMPLETED)

    started_under(crew, new, AFTER)  # deployed: the workers of before are still there, and alone
    eventually(lambda: go_on(first), what="the end of an instance of before")
    assert verdicts.number(CLAIMED, id=new.instance_id) == 0

    new_workers = crew.workers(1, **AFTER)  # side by side
    started_under(crew, late, AFTER)
    eventually(lambda: go_on(new, late), what="the ends of instances of after")
    assert verdicts.rows(HOLDERS, pids=[worker.pid for worker in old_workers]) == []

    assert all(worker.drain() == 0 for worker in old_workers)  # only the workers of after are left
    eventually(lambda: go_on(second), what="the end of an instance of before, on the workers of after")

    for customer, logic in ((first, 1), (second, 1), (new, 2), (late, 2)):
        assert marker(history(customer.instance_id), CHANGE) == logic
        assert engine.describe(customer.instance_id).version == customer.version
        cards = State.CARD_ACTIVATED in path(history(customer.instance_id))
        assert cards == (customer.version == 2)
    assert all(worker.alive for worker in new_workers)
    verdicts.assert_all_ended_rightly([first, second, new, late])
    verdicts.assert_sound()
    verdicts.assert_ledger_exact(simulator, [first, second, new, late])
