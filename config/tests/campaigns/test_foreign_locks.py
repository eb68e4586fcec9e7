"""A foreign transaction holds one instance's row: that instance waits, and nobody else does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.tests.campaigns import verdicts
from config.tests.campaigns.crew import Crew, eventually
from config.tests.campaigns.sample import workflows as sample
from workflow import client
from workflow.core.definition import Definition

log = logging.getLogger(__name__)
OTHERS = 24
ROUNDS = 2
OTHERS_END_WITHIN_SECONDS = 15.0
LOCK = "SELECT 1 FROM workflow_instance WHERE id = %s FOR UPDATE"


@contextmanager
def row_held(url: str, instance_id: str) -> Iterator[None]:
    """By somebody's forgotten session."""
    with psycopg.connect(url) as forgotten:
        forgotten.execute(LOCK, [instance_id])
        yield
        forgotten.rollback()


def started(definition: Definition[str, int], folder: Path, count: int = 1) -> list[str]:
    return [client.start(definition, str(folder)).instance_id for _ in range(count)]


def assert_others_end(folder: Path) -> float:
    """Load that comes while the row is held, and how long it took; and one whose deadline must be called in time."""
    late_folder = folder / f"late-{time.monotonic_ns()}"
    late_folder.mkdir()
    late = started(sample.overrunning, late_folder)
    began = time.monotonic()
    others = started(sample.load, folder, OTHERS)
    eventually(lambda: verdicts.completed(others) == OTHERS, OTHERS_END_WITHIN_SECONDS, "the others' ends")
    took = time.monotonic() - began
    eventually(lambda: verdicts.completed(late) == 1, OTHERS_END_WITHIN_SECONDS, "the end of the late one")
    (late_folder / sample.GATE).touch()
    return took


@pytest.mark.parametrize("definition", [sample.held, sample.held_row, sample.overrunning], ids=lambda d: d.name)
def test_nobody_else_waits(crew: Crew, database: str, tmp_path: Path, definition: Definition[str, int]) -> None:
    """The held one is inside a step when its row is taken, and then wants to write: an end, rows, a passed deadline."""
    crew.workers(1)
    free = assert_others_end(tmp_path)
    folder = tmp_path / "held"
    folder.mkdir()
    [instance_id] = started(definition, folder)
    eventually(lambda: f"{instance_id}:" in traces(folder), what="the instance inside its step")
    with row_held(database, instance_id):
        if definition is not sample.overrunning:
            (folder / sample.GATE).touch()
        beside = [assert_others_end(tmp_path) for _ in range(ROUNDS)]
        assert verdicts.completed([instance_id]) == 0
    (folder / sample.GATE).touch()
    eventually(lambda: verdicts.completed([instance_id]) == 1, what="the end of the held one")
    log.info("%d others took %.1f s alone, %s beside the lock", OTHERS, free, [round(each, 1) for each in beside])
    verdicts.assert_sound()


def traces(folder: Path) -> str:
    path = folder / sample.TRACES
    text = path.read_text() if path.exists() else ""
    return "\n".join(line for line in text.splitlines() if ":note#" not in line)


def test_a_worker_drains_beside_a_held_row(crew: Crew, database: str, tmp_path: Path) -> None:
    worker = crew.begin("workflow_worker", "--drain-seconds", "2")
    crew.await_ready(worker)
    folder = tmp_path / "held"
    folder.mkdir()
    [instance_id] = started(sample.held, folder)
    eventually(lambda: f"{instance_id}:" in traces(folder), what="the instance inside its step")
    with row_held(database, instance_id):
        (folder / sample.GATE).touch()
        assert_others_end(tmp_path)
        code = worker.drain()
    assert code == 0, worker.said()
    crew.workers(1)
    eventually(lambda: verdicts.completed([instance_id]) == 1, what="the end of the held one")
    verdicts.assert_sound()
