"""A write whose acknowledgement is lost is neither doubled nor lost, whichever write it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from workflow import RetryPolicy, Run, StepContext, client, step, workflow
from workflow.engine import journal
from workflow.engine.host import Host
from workflow.engine.journal import Checkpoint
from workflow.models import Instance
from workflow.testing import assert_replays
from workflow.tests.ledger import ledger
from workflow.tests.notes import assert_gap_free, note, three_notes
from workflow.tests.threads import foreign_connection

pytestmark = pytest.mark.django_db(transaction=True)


class Cut:
    """Cuts the connection at the n-th write, before it is sent or after it is durable."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> None:
        self.writes, self.at, self.after = 0, at, after
        self._write: Callable[..., Any] = journal.write
        self._lock = threading.Lock()
        monkeypatch.setattr(journal, "write", self.write)

    def write(self, checkpoints: list[Checkpoint], **options: Any) -> Any:
        with self._lock:
            self.writes += 1
            cut = self.writes == self.at
        if cut and not self.after:
            raise psycopg.OperationalError("cut before it was sent")
        receipts = self._write(checkpoints, **options)
        if cut:
            raise psycopg.OperationalError("cut before it was acknowledged")
        return receipts


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 8))
def test_a_connection_cut_at_any_write_doubles_and_loses_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, at: int, after: bool
) -> None:
    @workflow(name="child", timeout=None)
    def child(run: Run, amount: int) -> int:
        return run.step(note, amount=amount)

    @workflow(name="parent", timeout=None)
    def parent(run: Run, amount: int) -> int:
        first = run.step(note, amount=amount)
        return first + run.child(child, amount + 1)

    cut = Cut(monkeypatch, at, after=after)
    instance = client.start(parent, 1).instance_id

    assert client.result(instance, timeout=15) == 3
    assert cut.writes >= at
    assert len(ledger.keys) == 2
    for row in Instance.objects.all():
        assert row.status == "COMPLETED"
        assert_gap_free(str(row.id))
        assert_replays(str(row.id))


def test_backends_that_are_terminated_while_thirty_workflows_run_double_and_lose_nothing(host: Host) -> None:
    notes = three_notes()
    connections["default"].ensure_connection()
    mine = connections["default"].connection.info.backend_pid
    ended, cut = threading.Event(), list[Any]()

    def terminate() -> None:
        with foreign_connection() as foreign:
            foreign.autocommit = True
            while not ended.wait(0.02):
                found = foreign.execute(
                    """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)
                        AND query LIKE '%%WITH member AS%%'""",
                    (mine,),
                )
                cut.extend(found.fetchall())

    thread = threading.Thread(target=terminate)
    thread.start()
    try:
        started = [client.start(notes, 1).instance_id for _ in range(30)]
        for instance in started:
            assert client.result(instance, timeout=20) == 3
    finally:
        ended.set()
        thread.join()
    assert len(cut) > 0
    assert len(ledger.keys) == 90
    for instance in started:
        assert_gap_free(instance)
        assert_replays(instance)


def test_an_atomic_step_whose_commit_was_not_acknowledged_is_done_once(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    @step(atomic=True, retry=RetryPolicy(maximum_attempts=1))
    def row(ctx: StepContext) -> str:
        Group.objects.create(name="by once")
        return "made"

    commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    cuts: list[str] = []

    def cut_once(wrapper: Any) -> None:
        commit(wrapper)
        if threading.current_thread().name.startswith("workflow-turn") and not cuts:
            cuts.append(wrapper.alias)
            raise psycopg.OperationalError("cut before it was acknowledged")

    @workflow(name="atomic", timeout=None)
    def flow(run: Run, nothing: None) -> str:
        return run.step(row)

    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", cut_once)
    instance = client.start(flow, None).instance_id

    assert client.result(instance, timeout=10) == "made"
    assert cuts == ["default"]
    assert Group.objects.filter(name="by once").count() == 1
    assert_gap_free(instance)
    assert_replays(instance)


def test_a_deadlock_in_an_atomic_step_repeats_the_whole_and_counts_no_attempt(host: Host) -> None:
    tried: list[int] = []

    @step(atomic=True, retry=RetryPolicy(maximum_attempts=1, initial_interval=timedelta(seconds=1)))
    def row(ctx: StepContext) -> int:
        Group.objects.create(name=f"by deadlock {len(tried)}")
        tried.append(ctx.attempt)
        if len(tried) < 3:
            raise psycopg.errors.DeadlockDetected("a deadlock")
        return len(tried)

    @workflow(name="atomic", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(row)

    instance = client.start(flow, None).instance_id

    assert client.result(instance, timeout=10) == 3
    assert tried == [1, 1, 1]
    assert [group.name for group in Group.objects.filter(name__startswith="by ")] == ["by deadlock 2"]
