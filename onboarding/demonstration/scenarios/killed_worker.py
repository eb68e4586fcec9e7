"""Scenario 3: SIGKILL for the worker inside the eKYC step; another takes over; the provider was asked under one key."""

from __future__ import annotations

import os
import signal
import socket
from datetime import datetime

from onboarding.demonstration.customer import Customer, attempts
from onboarding.demonstration.history import Holder, database_now, first, history, holder
from onboarding.demonstration.people import somebody
from onboarding.demonstration.stage import ScenarioFailed, Stage, expect

TAKEN_OVER_WITHIN_SECONDS = 20.0
HOLD_SECONDS = 60.0
STEP = "submit_identity_check#1"
WORKER = "worker"
TRIES = 5


def killed_worker(stage: Stage) -> None:
    """The provider does not answer the first call; while the worker waits for it, the worker is killed."""
    customer, killed_at = _with_a_worker_killed(stage)
    facts = stage.ended("3 killed worker", customer)
    recovery = first(facts, "RECOVERY")
    if recovery is None:
        raise ScenarioFailed("There is no RECOVERY in the history.")
    after = (recovery.created_at - killed_at).total_seconds()
    if after > TAKEN_OVER_WITHIN_SECONDS:
        raise ScenarioFailed(f"It was taken over after {after:.1f} s, not within {TAKEN_OVER_WITHIN_SECONDS:.0f} s.")
    ledger = stage.simulator.ledger(service="ekyc", reference=customer.instance_id)
    expect("the keys that the provider was asked under", len(ledger.keys("checks.submit")), 1)
    expect("the checks that the provider made", ledger.net, {"CHECK": 1})
    expect("the status", stage.endings[-1].status, "COMPLETED")
    calls = len([call for call in ledger.calls if call["operation"] == "checks.submit"])
    stage.remark(f"RECOVERY after {after:.1f} s; {calls} calls under one key, one check")
    stage.say(f"    taken over after {after:.1f} s; {calls} calls to the provider under one key, one check made")


def _with_a_worker_killed(stage: Stage) -> tuple[Customer, datetime]:
    """Which process takes the turn is not ours to say: if it is no worker of this machine, somebody else applies."""
    for _ in range(TRIES):
        customer = stage.customer(somebody())
        customer.start()
        fault = {"do": "timeout_before", "seconds": HOLD_SECONDS}
        stage.simulator.faults("ekyc", "checks.submit", [fault], reference=customer.instance_id)
        customer.give_code()
        customer.give_profile()
        customer.give_document()
        customer.submit()
        found = _inside_the_step(customer)
        if found.kind == WORKER and found.host == socket.gethostname():
            os.kill(found.pid, signal.SIGKILL)
            killed_at = database_now()
            stage.say(f"    SIGKILL for worker process {found.pid} inside {STEP}")
            return customer, killed_at
        stage.say(f"    the turn was taken by a {found.kind} process; somebody else applies")
    raise ScenarioFailed(f"In {TRIES} tries no worker of this machine took the turn.")


def _inside_the_step(customer: Customer) -> Holder:
    """Who waits for the provider's answer."""
    for _ in attempts(HOLD_SECONDS):
        asked = any(f.kind == "STEP_STARTED" and f.step_key == STEP for f in history(customer.instance_id))
        found = holder(customer.instance_id)
        if asked and found is not None:
            return found
    raise ScenarioFailed(f"Nobody began {STEP} of {customer.instance_id}.")
