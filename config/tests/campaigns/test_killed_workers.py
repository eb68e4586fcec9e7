"""SIGKILL of a random worker every two seconds: everything ends, and the other side saw each effect once."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import Crew, Member
from config.tests.campaigns.customers import crowd, onboarding
from simulator.testing import SimulatorProcess

log = logging.getLogger(__name__)
KILL_EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
PATIENCE_SECONDS_PER_CUSTOMER = 4.0


def keep_killing(crew: Crew, workers: list[Member], until: Callable[[], bool], seconds: float) -> int:
    """One of two workers, every two seconds if both are at work; another one takes its place. How many were killed."""
    chance, kills = random.Random(len(workers)), 0
    give_up_at = next_kill_at = time.monotonic() + KILL_EVERY_SECONDS
    give_up_at += seconds
    while not until():
        assert time.monotonic() < give_up_at, f"after {seconds:g} s and {kills} kills: {verdicts.standing()}"
        if time.monotonic() >= next_kill_at and all(worker.ready for worker in workers):
            victim = chance.randrange(len(workers))
            workers[victim].kill()
            workers[victim] = crew.worker()
            kills += 1
            next_kill_at = time.monotonic() + KILL_EVERY_SECONDS
        time.sleep(0.05)
    return kills


@counted("size", short=40, full=300, variable="SOAK_ONBOARDINGS")
def test_onboardings_outlive_their_workers(onboarding_crew: Crew, simulator: SimulatorProcess, size: int) -> None:
    customers = crowd(simulator, size)
    workers = onboarding_crew.workers(2)
    patience = PATIENCE_SECONDS + PATIENCE_SECONDS_PER_CUSTOMER * size
    with onboarding(customers) as all_ended:
        kills = keep_killing(onboarding_crew, workers, all_ended, patience)
    log.info("%d onboardings, %d kills, %d recoveries", size, kills, verdicts.events("RECOVERY"))
    assert kills
    verdicts.assert_all_ended_rightly(customers)
    verdicts.assert_sound()
    verdicts.assert_ledger_exact(simulator, customers)
