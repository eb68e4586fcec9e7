"""Counting what ended, for good: facts old enough to be complete move into workflow_tally, younger are counted live.

A counter is the tally plus the facts since `counted_until`: it never falls when old instances are pruned, never misses
a process that died, and costs an index range however many instances there are. Only a new database resets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from workflow.conf import conf
from workflow.engine.statements import statement

MARKS = "SELECT max(counted_until), workflow_now() - make_interval(secs => %s) FROM workflow_tally"
FOLD_EVERY = timedelta(seconds=30)
LOCK = 7_203_911_540_118_265_711  # one folding process at a time; the number means nothing


@dataclass(frozen=True)
class Count:
    """So many facts of a kind."""

    measure: str
    workflow: str
    outcome: str
    count: int


def settle_seconds() -> float:
    """Events carry the time they were made; they stand in the table at the latest after the longest wait for a lock."""
    return 2 * float(conf.lock_timeout_seconds) + 60


def count_all() -> list[Count]:
    """Every count as it stands now: what was folded, plus what has come since.

    Two statements are enough: a fold in between leaves the facts where they are, to be counted from the mark read.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT measure, workflow, outcome, count, counted_until FROM workflow_tally ORDER BY counted_until DESC"
        )
        folded = cursor.fetchall()
        mark: datetime | None = folded[0][4] if folded else None
        cursor.execute(statement("tallies_since"), {"since": mark, "until": None})
        fresh = cursor.fetchall()
    totals: dict[tuple[str, str, str], int] = {}
    for measure, workflow, outcome, count, *_ in [*folded, *fresh]:
        key = (measure, workflow, outcome)
        totals[key] = totals.get(key, 0) + count
    return [Count(*key, count) for key, count in sorted(totals.items())]


def fold() -> bool:
    """Move what has settled into the tally. False: somebody else is at it, or there is nothing old enough."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(MARKS, [settle_seconds()])
        mark, until = cursor.fetchone()
        if mark is not None and until - mark < FOLD_EVERY:
            return False
        cursor.execute(folding(), {"since": mark, "until": until})
    return True


def folding() -> str:
    return statement("fold_tallies").replace("{tallies_since}", statement("tallies_since"))
