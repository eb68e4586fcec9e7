"""A stale writer can write nothing: every checkpoint names its token, its place and its worker."""

from __future__ import annotations

import pytest

from workflow.engine import journal
from workflow.engine.host import Host
from workflow.engine.journal import Written
from workflow.models import Instance
from workflow.tests.notes import checkpoint_of, noted, numbers, waiting

pytestmark = pytest.mark.django_db(transaction=True)


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
