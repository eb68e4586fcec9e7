"""SIGSTOP of a worker past its heartbeat limit, then SIGCONT: nothing completes twice, every stale write is counted.

Each round the worker that holds all the work is stopped, the other one takes over, and the first one comes back with
its answers: inside an external step before the other has finished it, and inside an atomic step with its row unwritten.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from config.tests.campaigns import verdicts
from config.tests.campaigns.counts import counted
from config.tests.campaigns.crew import Crew, Member, eventually
from config.tests.campaigns.sample import workflows as sample
from workflow import client
from workflow.core.definition import Definition

log = logging.getLogger(__name__)
HELD = 3


def traces(folder: Path, step: str) -> list[tuple[int, str]]:
    """Process and token of each call of a step."""
    path = folder / sample.TRACES
    lines = path.read_text().splitlines() if path.exists() else []
    found = [line.split() for line in lines]
    return [(int(pid), key) for key, pid, _ in found if f":{step}#" in key]


def living_ids(worker: Member) -> list[str]:
    found = verdicts.rows(
        "SELECT id::text FROM workflow_worker WHERE pid = %(pid)s AND stopped_at IS NULL", pid=worker.pid
    )
    return [each for (each,) in found]


def fenced(worker: Member) -> int:
    """What the worker counted, as its heartbeat tells."""
    return verdicts.number(
        "SELECT coalesce(sum(fenced_writes), 0) FROM workflow_worker WHERE pid = %(pid)s", pid=worker.pid
    )


def holders(ids: list[str]) -> set[int]:
    """The processes that hold these instances."""
    return {
        pid
        for (pid,) in verdicts.rows(
            """SELECT w.pid FROM workflow_instance i JOIN workflow_worker w ON w.id = i.worker_id
            WHERE i.id = ANY(%(ids)s::uuid[])""",
            ids=ids,
        )
    }


def play_round(workers: list[Member], held: Definition[str, int], step: str, folder: Path) -> int:
    """The number of stale writes that were counted."""
    folder.mkdir()
    ids = [client.start(held, str(folder)).instance_id for _ in range(HELD)]
    eventually(lambda: len(traces(folder, step)) == HELD, what="every instance inside its step")
    stopped = next(worker for worker in workers if worker.pid in holders(ids))
    mine = [key for pid, key in traces(folder, step) if pid == stopped.pid]
    before, old_ids = fenced(stopped), living_ids(stopped)
    stopped.freeze()
    eventually(lambda: len(traces(folder, step)) == HELD + len(mine), what="the takeover")
    assert stopped.pid not in holders(ids)
    stopped.thaw()
    eventually(lambda: living_ids(stopped) not in ([], old_ids), what="a new id")
    (folder / sample.GATE).touch()
    eventually(lambda: verdicts.completed(ids) == HELD, what="every end")
    eventually(lambda: fenced(stopped) >= before + len(mine), what="every stale write counted")
    for instance_id in ids:
        kept = verdicts.rows_kept(instance_id)
        assert kept == (["hold_row#1"] if held is sample.held_row else ["keep#1"])
    return fenced(stopped) - before


@counted("rounds", short=2, full=25, variable="SOAK_STOPS")
@pytest.mark.parametrize(("held", "step"), [(sample.held, "hold"), (sample.held_row, "hold_row")])
def test_a_stopped_worker_comes_back_without_harm(
    crew: Crew, tmp_path: Path, held: Definition[str, int], step: str, rounds: int
) -> None:
    workers = crew.workers(2)
    counts = [play_round(workers, held, step, tmp_path / f"round-{number}") for number in range(rounds)]
    log.info("%d rounds, stale writes counted: %s", rounds, counts)
    assert all(worker.alive for worker in workers)
    verdicts.assert_sound()
    new_ids = {each for worker in workers for each in living_ids(worker)}
    assert len(new_ids) == len(workers)
    assert all(worker.drain() == 0 for worker in workers)
