"""PostgreSQL is ended at once and started again while onboardings run: all end, and the ledger is exact."""

from __future__ import annotations

import logging
import time

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import GLANCE_SECONDS, Crew
from config.tests.campaigns.customers import crowd, onboarding
from simulator.testing import SimulatorProcess
from tooling.postgres import Postgres

log = logging.getLogger(__name__)
CUSTOMERS_PER_RESTART = 8
SECONDS_PER_RESTART = 40.0


@counted("restarts", short=2, full=12, variable="SOAK_RESTARTS")
def test_onboardings_outlive_the_database(
    server: Postgres, onboarding_crew: Crew, simulator: SimulatorProcess, restarts: int
) -> None:
    workers = onboarding_crew.workers(2)
    customers = crowd(simulator, CUSTOMERS_PER_RESTART * restarts)
    give_up_at = time.monotonic() + SECONDS_PER_RESTART * (restarts + 1)
    with onboarding(customers) as all_ended:
        for number in range(1, restarts + 1):
            due = len(customers) * number // (restarts + 1)
            while not all_ended() and sum(customer.ended for customer in customers) < due:
                assert time.monotonic() < give_up_at, verdicts.standing()
                time.sleep(GLANCE_SECONDS)
            server.restart("immediate")
        while not all_ended():
            assert time.monotonic() < give_up_at, verdicts.standing()
            time.sleep(GLANCE_SECONDS)
    log.info("%d onboardings, %d restarts, %d recoveries", len(customers), restarts, verdicts.events("RECOVERY"))
    assert all(worker.alive for worker in workers)
    verdicts.assert_all_ended_rightly(customers)
    verdicts.assert_sound()
    verdicts.assert_ledger_exact(simulator, customers)
    assert all(worker.drain() == 0 for worker in workers)
