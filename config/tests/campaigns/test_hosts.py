"""Each host alone finishes onboardings: the workers without a queue, and the django-q2 cluster without a worker."""

from __future__ import annotations

import logging
import time

import pytest

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import Crew, eventually
from config.tests.campaigns.customers import crowd, onboarding
from simulator.testing import SimulatorProcess

log = logging.getLogger(__name__)
KINDS = "SELECT DISTINCT w.kind FROM step_execution s JOIN workflow_worker w ON w.id = s.worker_id"


@counted("size", short=8, full=60, variable="SOAK_HOSTED")
@pytest.mark.parametrize(("command", "kind"), [("workflow_worker", "worker"), ("qcluster", "django-q2")])
def test_a_host_alone_finishes_onboardings(
    onboarding_crew: Crew, simulator: SimulatorProcess, command: str, kind: str, size: int
) -> None:
    customers = crowd(simulator, size)
    host = onboarding_crew.begin(command)
    began = time.monotonic()
    with onboarding(customers) as all_ended:
        eventually(all_ended, 90 + 2 * size, "every end")
    log.info("%s alone: %d onboardings in %.1f s", command, size, time.monotonic() - began)
    assert host.drain() == 0, host.said()
    assert verdicts.rows(KINDS) == [(kind,)]
    verdicts.assert_all_ended_rightly(customers)
    verdicts.assert_sound()
    verdicts.assert_ledger_exact(simulator, customers)
