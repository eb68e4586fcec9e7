"""Group commit: a locked row, a poisoned value, a lost acknowledgement: nobody else waits, fails or doubles."""

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
from workflow.core.events import EventType, NewEvent
from workflow.engine import committer, journal
from workflow.engine.committer import Committer, Pending
from workflow.engine.host import Host
from workflow.engine.journal import Checkpoint, Written
from workflow.models import Incident, Instance, WorkflowEvent
from workflow.testing import assert_replays
from workflow.tests.ledger import ledger
from workflow.tests.threads import at_once, eventually, foreign_connection, foreign_lock, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
go_on = threading.Event()


@pytest.fixture(autouse=True)
def _nobody_goes_on() -> None:
    go_on.clear()


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def held_up(ctx: StepContext) -> int:
    """Runs until the test lets it end."""
    ledger.do(ctx.idempotency_key, 1)
    assert go_on.wait(20)
    return 1


def three_notes() -> Any:
    @workflow(name="notes", timeout=None)
    def notes(run: Run, amount: int) -> int:
        return sum(run.step(note, amount=amount) for _ in range(3))

    return notes


def numbers(instance_id: str) -> list[int]:
    return list(
        WorkflowEvent.objects.filter(instance_id=instance_id)
        .order_by("sequence_number")
        .values_list("sequence_number", flat=True)
    )


def assert_gap_free(instance_id: str) -> None:
    found = numbers(instance_id)
    assert found == list(range(1, len(found) + 1))


# -- a row that somebody else holds -----------------------------------------------------------------------------------


def test_a_foreign_transaction_on_one_row_holds_up_nobody_else(host: Host) -> None:
    @workflow(name="held-up", timeout=None)
    def one(run: Run, nothing: None) -> int:
        return run.step(held_up) + run.step(note, amount=1)

    notes = three_notes()
    held = client.start(one, None).instance_id
    eventually(lambda: len(ledger.calls) == 1)

    with foreign_lock(held):
        go_on.set()
        others = [client.start(notes, 2).instance_id for _ in range(30)]
        assert [client.result(other, timeout=10) for other in others] == [6] * 30
        assert client.describe(held).status == "ACTIVE"

    assert client.result(held, timeout=10) == 2
    assert_gap_free(held)
    assert_replays(held)


# -- a value that the database refuses --------------------------------------------------------------------------------


def test_a_poisoned_value_blocks_its_own_instance_alone(host: Host) -> None:
    @workflow(name="poisoned", timeout=None)
    def poisoned(run: Run, nothing: None) -> int:
        run.side_effect("a NUL \x00 in a name", lambda: 1)
        return run.step(note, amount=1)

    notes = three_notes()

    def start(number: int) -> str:
        return client.start(poisoned if number == 7 else notes, None if number == 7 else 1).instance_id

    started = at_once(16, start)

    assert [client.result(i, timeout=10) for n, i in enumerate(started) if n != 7] == [3] * 15
    until_waiting(started[7], "INCIDENT")
    assert "refuses a value" in Incident.objects.get(instance_id=started[7]).message


def checkpoint_of(host: Host, instance_id: str, *events: NewEvent) -> Checkpoint:
    row = Instance.objects.get(pk=instance_id)
    worker = str(row.worker_id) if row.worker_id else None
    return Checkpoint(instance_id, row.token, row.sequence_number, worker, row.updated_at, events=list(events))


def noted(text: str) -> NewEvent:
    return NewEvent(EventType.STAFF_ACTION, {"verb": "NOTE", "reason": text})


def waiting(count: int) -> list[str]:
    @workflow(name="waiting", timeout=None)
    def idle(run: Run, nothing: None) -> None:
        run.wait_for("go")

    instances = [client.start(idle, None).instance_id for _ in range(count)]
    for instance in instances:
        until_waiting(instance, "go")
    return instances


def flushed(checkpoints: list[Checkpoint]) -> list[Pending]:
    """One batch of a committer, as its thread would write it."""
    batch = [Pending(checkpoint) for checkpoint in checkpoints]
    Committer(lambda: 99)._flush(batch)
    return batch


def test_a_failing_flush_is_halved_until_only_the_bad_member_fails(host: Host) -> None:
    instances = waiting(7)
    texts = ["fine"] * 4 + ["bad \x00"] + ["fine"] * 2
    members = [checkpoint_of(host, i, noted(text)) for i, text in zip(instances, texts, strict=True)]

    batch = flushed(members)

    assert [pending.receipt is not None and pending.receipt.written is Written.YES for pending in batch] == [
        text == "fine" for text in texts
    ]
    assert isinstance(batch[4].error, committer.PoisonedCheckpoint)
    assert [len(WorkflowEvent.objects.filter(instance_id=i, event_type="STAFF_ACTION")) for i in instances] == [
        int(text == "fine") for text in texts
    ]


def test_of_two_checkpoints_of_one_instance_in_one_flush_one_lands(host: Host) -> None:
    [instance, other] = waiting(2)
    first, second = (checkpoint_of(host, instance, noted(text)) for text in ("first", "second"))

    batch = flushed([first, checkpoint_of(host, other, noted("other")), second])

    receipts = [pending.receipt and pending.receipt.written for pending in batch]
    assert receipts.count(Written.YES) == 2
    assert receipts.count(Written.FENCED) == 1
    assert_gap_free(instance)
    assert Instance.objects.get(pk=instance).sequence_number == len(numbers(instance))


def test_a_later_checkpoint_of_the_same_instance_in_one_flush_does_not_overtake(host: Host) -> None:
    [instance] = waiting(1)
    first, second = (checkpoint_of(host, instance, noted(text)) for text in ("first", "second"))
    second.sequence_number += 1

    batch = flushed([second, first])

    assert [pending.receipt and pending.receipt.written for pending in batch] == [Written.FENCED, Written.YES]
    assert_gap_free(instance)


def test_a_busy_member_is_told_so_and_the_others_land(host: Host) -> None:
    [busy, free] = waiting(2)
    members = [checkpoint_of(host, instance, noted("x")) for instance in (busy, free)]
    with foreign_lock(busy):
        batch = flushed(members)
    assert [pending.receipt and pending.receipt.written for pending in batch] == [Written.BUSY, Written.YES]


# -- fences -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "by"), [("token", -1), ("token", 1), ("sequence_number", -1), ("sequence_number", 1), ("worker_id", None)]
)
def test_a_stale_writer_can_write_nothing(host: Host, what: str, by: int | None) -> None:
    [instance] = waiting(1)
    before = (Instance.objects.filter(pk=instance).values().get(), numbers(instance))
    stale = checkpoint_of(host, instance, noted("stale"))
    setattr(stale, what, host.id if by is None else getattr(stale, what) + by)
    stale.settle = journal.Settle("COMPLETED", finished_at=stale.at)

    receipt = journal.write([stale], skip_locked=False)[0]

    assert receipt.written is Written.FENCED
    assert (Instance.objects.filter(pk=instance).values().get(), numbers(instance)) == before


def test_a_checkpoint_of_nobody_is_gone(host: Host) -> None:
    [instance] = waiting(1)
    nobody = checkpoint_of(host, instance, noted("x"))
    nobody.instance_id = host.id
    assert journal.write([nobody], skip_locked=False)[0].written is Written.GONE


def test_a_park_that_has_not_seen_a_message_is_not_taken(host: Host) -> None:
    [instance] = waiting(1)
    unaware = checkpoint_of(host, instance, noted("x"))
    unaware.inbox_number = 5
    assert journal.write([unaware], skip_locked=False)[0].written is Written.INBOX_GREW


# -- lost acknowledgements --------------------------------------------------------------------------------------------


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
