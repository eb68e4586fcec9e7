"""The bare loop: the rows of three-step workflows and nothing else. No engine, no fence, no replay, no retries.

Callers prepare rows and hand them to one committer thread, which writes whatever queued up meanwhile as one statement:
the same tables, events, step rows and number of checkpoints as Steadfast writes, with the same group commit. As fast as
we could make it: rows are serialised by hand, and each statement holds only the parts that its rows need.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping
from typing import Any

import psycopg

from benchmarks.asked import Asked, answer, measure, pin
from benchmarks.subjects.rows import Rows, prepared
from benchmarks.subjects.statement import statement

MEMBERS_MAX = 128
BY_KEY = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"  # no plan reads a whole table
DIRECT_CALLERS_MAX = 2  # so few write their own, as Steadfast's turns do


def main() -> None:
    asked = Asked.read()
    pin()
    committer = Committer(direct=asked.in_flight <= DIRECT_CALLERS_MAX)
    committer.start()

    def one_workflow() -> None:
        for rows in prepared():
            committer.write(rows)

    found = measure(asked, one_workflow)
    committer.end()
    answer(asked, {**found, "telemetry": {"flushes": committer.flushes, "checkpoints": committer.checkpoints}})


class Pending:
    __slots__ = ("durable", "rows")

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.durable = threading.Lock()
        self.durable.acquire()


class Committer(threading.Thread):
    def __init__(self, *, direct: bool) -> None:
        super().__init__(name="bare-committer", daemon=True)
        self.flushes = self.checkpoints = 0
        self._direct = direct
        self._queue: queue.SimpleQueue[Pending | None] = queue.SimpleQueue()
        self._connection = psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0, options=BY_KEY
        )
        self._cursor = psycopg.RawCursor(self._connection)
        self._free = threading.Lock()

    def write(self, rows: Rows) -> None:
        if self._direct and self._free.acquire(blocking=False):
            try:
                self._flush([rows])
            finally:
                self._free.release()
            return
        pending = Pending(rows)
        self._queue.put(pending)
        pending.durable.acquire()

    def end(self) -> None:
        self._queue.put(None)
        self.join()
        self._connection.close()

    def run(self) -> None:
        ended = False
        while not ended:
            batch = [self._queue.get()]
            while len(batch) < MEMBERS_MAX and not self._queue.empty():
                batch.append(self._queue.get())
            ended = None in batch
            members = [pending for pending in batch if pending is not None]
            if members:
                with self._free:
                    self._flush([pending.rows for pending in members])
            for pending in members:
                pending.durable.release()

    def _flush(self, members: list[Rows]) -> None:
        parts: dict[str, list[str]] = {}
        for rows in members:
            for part, text in rows.items():
                parts.setdefault(part, []).append(text)
        self._execute({part: f"[{','.join(texts)}]" for part, texts in parts.items()})
        self.flushes += 1
        self.checkpoints += len(members)

    def _execute(self, parts: Mapping[str, str]) -> None:
        sql, names = statement(frozenset(parts))
        arguments: list[Any] = [parts[name] for name in names]
        self._cursor.execute(sql, arguments, prepare=True)


if __name__ == "__main__":
    main()
