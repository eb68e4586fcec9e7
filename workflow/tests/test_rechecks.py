"""Where a provider cannot close a key, NOT_DONE is believed only after `recheck_after`, whatever was said before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from workflow import Reconciliation, RetryPolicy, Run, StepContext, client, step, workflow
from workflow.testing import FakeClock, go_on
from workflow.testing.driving import direct_host, undriven
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
PAUSE = timedelta(minutes=10)
looks: list[datetime] = []
clocks: list[FakeClock] = []


def look_up(ctx: StepContext) -> Reconciliation:
    looks.append(clocks[0].now())
    return ledger.look_up(ctx.idempotency_key)


@step(name="UNDO")
def undo(ctx: StepContext, *, output: Any) -> None:
    ledger.reverse(ctx.original_key)


@step(undo=undo, reconcile=look_up, recheck_after=PAUSE, retry=RetryPolicy(maximum_attempts=1))
def away(ctx: StepContext) -> int:
    raise ConnectionError("away")


@pytest.mark.parametrize("blind", [0, 1, 3])
def test_look_ups_that_could_not_tell_do_not_shorten_the_pause(blind: int, clock: FakeClock) -> None:
    looks.clear()
    clocks[:] = [clock]

    @workflow(name="away", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.step(away)

    with undriven():
        instance = client.start(flow, None).instance_id
    ledger.blind = 1
    direct_host().take_one()
    client.cancel(instance_id=instance, actor_id="anna", reason="no longer wanted")
    looks.clear()
    ledger.blind = blind
    began = clock.now()

    assert go_on(instance).status == "COMPENSATED"
    assert looks[-1] - began >= PAUSE
    assert len(looks) == blind + 2
