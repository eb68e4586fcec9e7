"""SIGTERM in the middle of load: the worker ends with 0 in time, holds nothing, and no recovery is counted."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import Crew, eventually
from config.tests.campaigns.sample import workflows as sample
from workflow import client

log = logging.getLogger(__name__)
LOAD = 16
GRACE_SECONDS = 15.0
AT_WORK = "SELECT count(*) FROM workflow_instance i JOIN workflow_worker w ON w.id = i.worker_id WHERE w.pid = %(pid)s"


@counted("rounds", short=3, full=30, variable="SOAK_DRAINS")
def test_a_drain_is_no_recovery(crew: Crew, tmp_path: Path, rounds: int) -> None:
    workers = crew.workers(2)
    ids: list[str] = []
    took = []
    for _ in range(rounds):
        ids += [client.start(sample.load, str(tmp_path)).instance_id for _ in range(LOAD)]
        leaving = workers.pop(0)
        eventually(lambda worker=leaving: verdicts.number(AT_WORK, pid=worker.pid), what="the worker at work")  # type: ignore[misc]
        began = time.monotonic()
        assert leaving.drain(GRACE_SECONDS) == 0, leaving.said()
        took.append(round(time.monotonic() - began, 1))
        assert verdicts.number(AT_WORK, pid=leaving.pid) == 0
        workers += crew.workers(1)
    eventually(lambda: verdicts.completed(ids) == len(ids), what="every end")
    log.info("%d drains under load took %s s", rounds, took)
    assert verdicts.events("RECOVERY") == 0
    verdicts.assert_sound()
