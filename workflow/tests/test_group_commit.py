"""Group commit: a locked row, a poisoned value, a lost acknowledgement: nobody else waits, fails or doubles."""

from __future__ import annotations

import threading

import pytest

from workflow import Run, StepContext, client, step, workflow
from workflow.engine import committer
from workflow.engine.committer import Committer, Pending
from workflow.engine.host import Host
from workflow.engine.journal import Checkpoint, Written
from workflow.models import Incident, Instance, WorkflowEvent
from workflow.testing import assert_replays
from workflow.tests.ledger import ledger
from workflow.tests.notes import assert_gap_free, checkpoint_of, note, noted, numbers, three_notes, waiting
from workflow.tests.threads import at_once, eventually, foreign_lock, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)

go_on = threading.Event()


@pytest.fixture(autouse=True)
def _nobody_goes_on() -> None:
    go_on.clear()


@step
def held_up(ctx: StepContext) -> int:
    """Runs until the test lets it end."""
    ledger.do(ctx.idempotency_key, 1)
    assert go_on.wait(20)
    return 1


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
