"""The durable ledger: one SQLite file, one writing thread, many requests in one commit.

`write` hands a function to the writing thread, which runs whatever queued up meanwhile inside one transaction, each
function in its own savepoint, and answers after the commit is on disk. So an answer that a caller has seen survives any
crash.
"""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
BATCH_SIZE_MAX = 64
BUSY_TIMEOUT_SECONDS = 30
SCHEMA = Path(__file__).with_name("schema.sql")


class LedgerClosed(RuntimeError):
    """The process is ending; nothing was written."""


class Ledger:
    """Reads by any thread, writes by one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        with closing(self._connect()) as db:
            db.executescript(SCHEMA.read_text(encoding="utf-8"))
        self._writer = Thread(target=self._write_until_closed, name="ledger", daemon=True)
        self._writer.start()

    def write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run `work` in a transaction; return its answer once it is on disk."""
        job = _Job(work)
        self._jobs.put(job)  # type: ignore[arg-type]  # the queue holds jobs of every answer type
        if not self._writer.is_alive():
            self._refuse_what_is_queued()
        return job.answer.result()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees everything committed and can write nothing."""
        with closing(self._connect()) as db:
            db.execute("PRAGMA query_only = ON")
            yield db

    def close(self) -> None:
        """Write what is queued, then end."""
        self._jobs.put(None)
        self._writer.join()
        self._refuse_what_is_queued()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        return db

    def _write_until_closed(self) -> None:
        with closing(self._connect()) as db:
            is_open = True
            while is_open:
                batch = self._next_batch()
                is_open = None not in batch
                _commit(db, [job for job in batch if job is not None])

    def _next_batch(self) -> "list[_Job[object] | None]":
        batch = [self._jobs.get()]
        while len(batch) < BATCH_SIZE_MAX:
            try:
                batch.append(self._jobs.get_nowait())
            except Empty:
                break
        return batch

    def _refuse_what_is_queued(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is not None:
                job.answer.set_exception(LedgerClosed("The simulator is ending."))


class _Job(Generic[Answer]):
    """A function that waits for its turn in the writing thread."""

    def __init__(self, work: Callable[[sqlite3.Connection], Answer]) -> None:
        self.answer: Future[Answer] = Future()
        self._work = work
        self._publish: Callable[[], None] = lambda: None

    def attempt(self, db: sqlite3.Connection) -> None:
        try:
            with savepoint(db):
                answer = self._work(db)
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that asked
            self.fail(error)
        else:
            self._publish = lambda: self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        self._publish = lambda: self.answer.set_exception(error)

    def publish(self) -> None:
        self._publish()


@contextmanager
def savepoint(db: sqlite3.Connection) -> Iterator[None]:
    """Undo what the block wrote if it raises."""
    db.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK TO part")
        db.execute("RELEASE part")
        raise
    db.execute("RELEASE part")


def _commit(db: sqlite3.Connection, batch: list[_Job[object]]) -> None:
    try:
        db.execute("BEGIN IMMEDIATE")
        for job in batch:
            job.attempt(db)
        db.execute("COMMIT")
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        for job in batch:
            job.fail(error)
    for job in batch:
        job.publish()
