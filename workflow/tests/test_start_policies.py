"""When and whether a start begins: a later one has its whole time, and an ended instance that matters is not missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import Run, client, workflow
from workflow.client import IfFinished
from workflow.core.errors import AlreadyFinished
from workflow.engine import starting
from workflow.models import Instance
from workflow.testing import FakeClock, assert_replays, drive

pytestmark = pytest.mark.django_db


def test_the_run_timeout_of_a_later_start_counts_from_then(clock: FakeClock) -> None:
    @workflow(name="later", timeout=timedelta(seconds=60))
    def later(run: Run, seconds: int) -> str:
        run.side_effect("begin", lambda: 1)
        run.sleep(timedelta(seconds=seconds))
        return "done"

    then = clock.now() + timedelta(hours=1)
    in_time = drive(later, 50, start_at=then)
    assert (in_time.status, in_time.result) == ("COMPLETED", "done")
    assert_replays(in_time.instance_id)

    assert drive(later, 70, start_at=clock.now() + timedelta(hours=1)).status == "TIMED_OUT"


@pytest.mark.parametrize("policy", [IfFinished.RETURN, IfFinished.REFUSE])
def test_one_that_ends_while_another_starts_is_not_missed(policy: IfFinished, monkeypatch: Any) -> None:
    @workflow(name="quick", timeout=None, business_key=lambda order: f"quick:{order}")
    def quick(run: Run, order: int) -> int:
        return order

    make, ended = starting._new, list[str]()

    def meanwhile(request: Any) -> Any:
        """Between the look for an ended one and the insert, another starts and ends."""
        if not ended:
            ended.append("")
            ended[0] = drive(quick, 1).instance_id
        return make(request)

    monkeypatch.setattr(starting, "_new", meanwhile)

    if policy is IfFinished.REFUSE:
        with pytest.raises(AlreadyFinished):
            client.start(quick, 1, if_finished=policy)
    else:
        started = client.start(quick, 1, if_finished=policy)
        assert (started.instance_id, started.created, started.status) == (ended[0], False, "COMPLETED")
        assert Instance.objects.count() == 1
