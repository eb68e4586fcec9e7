"""The checkpoint statement: it sees what was committed while it waited for a row, and reads no table whole."""

from __future__ import annotations

import re
import threading
from itertools import pairwise

import pytest

from workflow import Run, client, workflow
from workflow.core.events import EventType, NewEvent
from workflow.engine import connection, journal, statements
from workflow.engine.connection import SharedConnection
from workflow.engine.journal import Checkpoint, Receipt, Written
from workflow.engine.statements import Shape
from workflow.models import Instance
from workflow.tests.threads import eventually, foreign_connection

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = Shape(members=True, births=True, advances=True, settles=True, intents=True, ends=True, projections=True)
BLOCKED = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def waiting() -> Instance:
    @workflow(name="waiting", timeout=None)
    def idle(run: Run, nothing: None) -> None:
        run.wait_for("go")

    return Instance.objects.get(pk=client.start(idle, None).instance_id)


def test_a_write_that_waited_for_the_row_compares_what_was_committed_meanwhile() -> None:
    row = waiting()
    late = Checkpoint(str(row.id), row.token, row.sequence_number, None, row.updated_at, inbox_number=0)
    late.events = [NewEvent(EventType.STAFF_ACTION, {"verb": "NOTE", "reason": "late"})]
    receipts: list[Receipt] = []

    def write() -> None:
        receipts.extend(journal.write([late], skip_locked=False))
        connection.close_thread_connections()

    with foreign_connection() as foreign:
        foreign.execute("UPDATE workflow_instance SET inbox_number = 7 WHERE id = %s", (row.id,))
        thread = threading.Thread(target=write)
        thread.start()
        eventually(lambda: connection.fetch(BLOCKED) == [(True,)])
        foreign.commit()
    thread.join()

    assert receipts == [Receipt(Written.INBOX_GREW, 7)]
    assert Instance.objects.get(pk=row.id).sequence_number == row.sequence_number


def test_however_small_the_tables_were_when_it_was_planned_it_finds_rows_by_key() -> None:
    shared = SharedConnection()
    shared.take(wait=True)
    try:
        connection.fetch("ANALYZE workflow_instance")
        connection.fetch("SET plan_cache_mode = force_generic_plan")
        sql, names = connection.numbered(statements.checkpoint(EVERYTHING, skip_locked=True))
        connection.fetch(f"PREPARE checkpoint AS {sql}")
        plan = connection.fetch(f"EXPLAIN EXECUTE checkpoint ({', '.join(['null'] * len(names))})")
    finally:
        shared.give_back()
        shared.close()

    lines = [row[0] for row in plan]
    assert not [line for line in lines if "Seq Scan on" in line]
    hot = [
        (line, below)
        for line, below in pairwise(lines)
        if re.search(r"Index Scan.* (workflow_instance|step_execution) ", line)
    ]
    assert len(hot) >= 4
    assert [pair for pair in hot if not re.search(r"Index Cond: \(+(instance_id|id) = ", pair[1])] == []
