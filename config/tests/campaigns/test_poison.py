"""An instance that kills its workers runs alone after the second takeover; the fifth quarantines it. Others finish."""

from __future__ import annotations

import logging
from pathlib import Path

from config.tests.campaigns import verdicts
from config.tests.campaigns.crew import Crew, Member, eventually
from config.tests.campaigns.sample import workflows as sample
from workflow import client

log = logging.getLogger(__name__)
OTHERS = 20
TAKEOVERS = 5
ALONE_FROM = 2
PATIENCE_SECONDS = 120.0
DEATHS = """SELECT (payload ->> 'recovery_count')::int, payload ->> 'worker_id' FROM workflow_event
    WHERE event_type = 'RECOVERY' AND instance_id = %(id)s::uuid ORDER BY sequence_number"""
COMPANY = """SELECT count(*) FROM workflow_event WHERE event_type = 'RECOVERY' AND instance_id <> %(id)s::uuid
    AND payload ->> 'worker_id' = ANY(%(workers)s)"""
QUARANTINED = """SELECT count(*) FROM workflow_incident i JOIN workflow_instance w ON w.id = i.instance_id
    WHERE i.kind = 'QUARANTINE' AND i.status = 'OPEN' AND w.id = %(id)s::uuid AND w.waiting_for = ARRAY['INCIDENT']"""


def tend(crew: Crew, workers: list[Member]) -> None:
    """As a supervisor would."""
    for number, worker in enumerate(workers):
        if not worker.alive:
            workers[number] = crew.worker()


def test_poison_is_quarantined_and_harms_nobody(crew: Crew, tmp_path: Path) -> None:
    workers = crew.workers(2)
    poison = client.start(sample.poison, str(tmp_path)).instance_id
    others: list[str] = []

    def quarantined() -> bool:
        tend(crew, workers)
        live = len(others) - verdicts.completed(others)
        others.extend(client.start(sample.load, str(tmp_path)).instance_id for _ in range(min(2, OTHERS - live)))
        return bool(verdicts.number(QUARANTINED, id=poison))

    eventually(quarantined, PATIENCE_SECONDS, "the quarantine")
    deaths = verdicts.rows(DEATHS, id=poison)
    assert [count for count, _ in deaths] == list(range(1, TAKEOVERS + 1))
    alone = [worker_id for count, worker_id in deaths if count > ALONE_FROM]
    assert verdicts.number(COMPANY, id=poison, workers=alone) == 0

    def others_have_ended() -> bool:
        tend(crew, workers)
        return verdicts.completed(others) == len(others)

    eventually(others_have_ended, PATIENCE_SECONDS, "the others' ends")
    log.info("quarantined after %d deaths; %d others finished", len(deaths), len(others))
    assert all(worker.alive for worker in workers)
    assert len((tmp_path / sample.TRACES).read_text().split("kill_the_worker#1")) - 1 == TAKEOVERS
    verdicts.assert_sound(incidents=True)
    assert len(verdicts.rows(verdicts.OPEN_INCIDENTS)) == 1
