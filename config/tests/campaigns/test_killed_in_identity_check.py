"""A worker is killed inside the eKYC step: another takes over in time, and the provider is asked under one key."""

from __future__ import annotations

import logging
import time

import pytest

from config.tests.campaigns import verdicts
from config.tests.campaigns.crew import Crew, Member, eventually
from config.tests.campaigns.customers import Customer, crowd
from onboarding.states import State
from simulator.testing import SimulatorProcess
from workflow import client as engine

log = logging.getLogger(__name__)
DEFAULTS = {"WORKFLOW_HEARTBEAT_SECONDS": "5", "WORKFLOW_DEAD_AFTER_SECONDS": "15"}
HELD_SECONDS = 60
SUBMIT = "checks.submit"
HOLDER = """SELECT w.pid FROM workflow_instance i JOIN workflow_worker w ON w.id = i.worker_id
    WHERE i.id = %(id)s::uuid"""
TAKEN_OVER = "SELECT count(*) FROM workflow_event WHERE instance_id = %(id)s::uuid AND event_type = 'RECOVERY'"


def inside_the_check(customer: Customer, simulator: SimulatorProcess, workers: list[Member]) -> Member:
    """Take the customer so far; who waits for the provider's answer."""
    customer.reach(State.DOC_UPLOADED)
    customer.act(State.DOC_UPLOADED)
    simulator.wait_for(lambda world: world.ledger(reference=customer.instance_id).calls_of(SUBMIT), 30)
    pid = verdicts.number(HOLDER, id=customer.instance_id)
    return next(worker for worker in workers if worker.pid == pid)


@pytest.mark.parametrize("misdeed", ["timeout_before", "timeout_after"])
@pytest.mark.parametrize(
    ("heartbeats", "seconds"),
    [({}, 10.0), pytest.param(DEFAULTS, 20.0, marks=pytest.mark.soak)],
    ids=["short heartbeats", "default heartbeats"],
)
def test_the_other_worker_takes_over(
    onboarding_crew: Crew, simulator: SimulatorProcess, misdeed: str, heartbeats: dict[str, str], seconds: float
) -> None:
    workers = onboarding_crew.workers(2, **heartbeats)
    customer = crowd(simulator, 1)[0]
    customer.start()
    script = [{"do": misdeed, "seconds": HELD_SECONDS}]
    simulator.faults("ekyc", SUBMIT, script, reference=customer.instance_id)
    inside_the_check(customer, simulator, workers).kill()
    killed_at = time.monotonic()
    eventually(lambda: verdicts.number(TAKEN_OVER, id=customer.instance_id), seconds, "the takeover")
    took = time.monotonic() - killed_at
    eventually(lambda: engine.describe(customer.instance_id).finished_at, what="the end")
    log.info("taken over after %.1f s", took)
    ledger = simulator.ledger(service="ekyc", reference=customer.instance_id)
    assert len(ledger.keys(SUBMIT)) == 1
    assert ledger.net == {"CHECK": 1}
    verdicts.assert_all_ended_rightly([customer])
    verdicts.assert_sound()
    verdicts.assert_ledger_exact(simulator, [customer])
