"""The connection breaks before a write arrives, or before its acknowledgement does: nothing happens twice or never."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import Crew, eventually
from config.tests.campaigns.databases import through
from config.tests.campaigns.sample import workflows as sample
from config.tests.campaigns.wire import Cut, now_and_then, wire_to
from workflow import client

log = logging.getLogger(__name__)
MESSAGES = {
    "intents": (b"STEP_STARTED", 0.15),
    "ends": (b"COMPLETED", 0.15),
    "commits of atomic steps": (b"COMMIT\x00", 0.15),
    "claims": (b'"workflow":"campaign-load"', 0.5),
    "anything": (b"", 0.02),
}
"""What is looked for on the wire, and the share of it that meets a cut."""

KEPT = ["keep#1", "keep#2", "keep#3"]
NOTED = 4


@counted("size", short=16, full=200, variable="SOAK_ACKNOWLEDGEMENTS")
@pytest.mark.parametrize("cut", Cut, ids=lambda cut: cut.name)
@pytest.mark.parametrize("what", MESSAGES)
def test_nobody_doubles(crew: Crew, database: str, tmp_path: Path, what: str, cut: Cut, size: int) -> None:
    with wire_to(database) as wire:
        [worker] = crew.workers(1, DATABASE_URL=through(database, wire.port))
        pattern, share = MESSAGES[what]
        wire.plan = now_and_then(pattern, cut, share=share, seed=size)
        ids = [client.start(sample.load, str(tmp_path)).instance_id for _ in range(size)]
        eventually(lambda: verdicts.completed(ids) == size, 30 + size, f"every end ({verdicts.standing()})")
        log.info("%s, %s: %d instances, %d cuts", what, cut.name, size, wire.cuts)
        assert wire.cuts
        assert worker.alive, worker.said()
        wire.plan = lambda _: None
        assert worker.drain() == 0, worker.said()
    assert {instance_id: verdicts.rows_kept(instance_id) for instance_id in ids} == dict.fromkeys(ids, KEPT)
    keys = {line.split()[0] for line in (tmp_path / sample.TRACES).read_text().splitlines()}
    assert len(keys) == NOTED * size
    assert verdicts.events("RECOVERY") == 0
    verdicts.assert_sound()
