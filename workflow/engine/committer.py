"""Group commit: one committer thread per process writes whatever queued up meanwhile as one statement.

A busy member is written alone by its own thread, so nobody waits for somebody else's row. A failing flush is bisected
until only the bad member fails. A lost acknowledgement is resolved by reading the event at the next number.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
import structlog

from workflow.conf import conf
from workflow.core.errors import Released
from workflow.engine import journal, telemetry
from workflow.engine.connection import LOST_CONNECTION, TRANSIENT, close_thread_connections
from workflow.engine.instances import NewInstance, insert, present
from workflow.engine.journal import Checkpoint, Receipt, Written

FLUSH_MEMBERS_MAX = 128
RECONNECT_ATTEMPTS_MAX = 5
RECONNECT_PAUSE_SECONDS = 0.2
R = TypeVar("R")
log = structlog.get_logger(__name__)


class PoisonedCheckpoint(Exception):
    """PostgreSQL refuses a value of this checkpoint for good (a NUL character, a violated constraint)."""


class Pending:
    """One submitted checkpoint or new instance, and the thread that waits for it."""

    __slots__ = ("done", "error", "item", "receipt")

    def __init__(self, item: Checkpoint | NewInstance) -> None:
        self.item = item
        self.receipt: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def result(self) -> Any:
        self.done.acquire()
        if self.error is not None:
            raise self.error
        return self.receipt


class Committer:
    """`write` blocks until the checkpoint is durable, or says why it is not; `start` the same for a new instance."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Pending | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="workflow-committer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def write(self, checkpoint: Checkpoint) -> Receipt:
        pending = Pending(checkpoint)
        self._queue.put(pending)
        try:
            receipt: Receipt = pending.result()
        except Again:
            return write_alone(checkpoint)
        return write_alone(checkpoint) if receipt.written is Written.BUSY else receipt

    def start(self, instance: NewInstance) -> bool:
        """Whether it was written; False: its business key is in use."""
        pending = Pending(instance)
        self._queue.put(pending)
        try:
            return bool(pending.result())
        except Again:
            return instance.id in insert([instance])

    def _run(self) -> None:
        try:
            while (batch := self._batch()) is not None:
                self._flush([p for p in batch if isinstance(p.item, NewInstance)], start_all)
                self._flush([p for p in batch if isinstance(p.item, Checkpoint)], flush_all)
        finally:
            close_thread_connections()

    def _batch(self) -> list[Pending] | None:
        """Whatever queued up meanwhile; at most one checkpoint per instance, which submitters see to themselves."""
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < FLUSH_MEMBERS_MAX:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._queue.put(None)
                break
            batch.append(following)
        return batch

    def _flush(self, batch: list[Pending], write: Callable[[list[Any]], list[Any]]) -> None:
        if not batch:
            return
        try:
            receipts = write([pending.item for pending in batch])
        except BaseException as error:  # noqa: BLE001  handed to the threads that wait
            if len(batch) > 1 and not isinstance(error, Released):
                middle = len(batch) // 2
                self._flush(batch[:middle], write)
                self._flush(batch[middle:], write)
                return
            for pending in batch:
                pending.error = error
        else:
            for pending, receipt in zip(batch, receipts, strict=True):
                pending.receipt = receipt
        for pending in batch:
            pending.done.release()


def start_all(instances: list[NewInstance]) -> list[bool]:
    """Insert new instances; after a lost connection once more: an id that is there already was ours."""
    written = see_through(lambda attempt: insert(instances) | (present([i.id for i in instances]) if attempt else set()))
    return [instance.id in written for instance in instances]


def flush_all(checkpoints: list[Checkpoint]) -> list[Receipt]:
    return flush(checkpoints, skip_locked=True)


def flush(checkpoints: list[Checkpoint], *, skip_locked: bool) -> list[Receipt]:
    """Write, and see a lost connection through: after it, what landed is told from what did not."""

    def write(attempt: int) -> list[Receipt]:
        if attempt:
            return [_after_reconnect(checkpoint) for checkpoint in checkpoints]
        return journal.write(checkpoints, skip_locked=skip_locked)

    receipts = see_through(write)
    telemetry.checkpoints_written(len(checkpoints))
    return receipts


def see_through(write: Callable[[int], R]) -> R:
    """Run a write; `attempt` tells it that an earlier one was sent and its acknowledgement lost."""
    for attempt in range(RECONNECT_ATTEMPTS_MAX):
        try:
            return write(attempt)
        except TRANSIENT as error:
            raise Again from error
        except LOST_CONNECTION as error:
            log.warning("connection lost during a checkpoint", attempt=attempt, error=str(error).strip())
            time.sleep(RECONNECT_PAUSE_SECONDS * attempt)
        except (psycopg.Error, TypeError) as error:
            raise PoisonedCheckpoint(str(error).strip()) from error
    raise Released("The database cannot be reached.")


class Again(Exception):
    """A lock time-out, deadlock or cancelled statement: the same write may succeed by itself."""


def _after_reconnect(checkpoint: Checkpoint) -> Receipt:
    if journal.landed(checkpoint):
        return Receipt(Written.YES, checkpoint.inbox_number or 0)
    receipt = journal.write([checkpoint], skip_locked=False)[0]
    if receipt.written is Written.FENCED and journal.landed(checkpoint):
        return Receipt(Written.YES, receipt.inbox_number)
    return receipt


def write_alone(checkpoint: Checkpoint) -> Receipt:
    """By the checkpoint's own thread, waiting for the row: nobody else is held up."""
    return persist(lambda: flush([checkpoint], skip_locked=False)[0])


def persist(attempt: Callable[[], Receipt]) -> Receipt:
    """Repeat through lock time-outs for LOCK_TIMEOUT_SECONDS; then the lease is given back."""
    give_up_at = time.monotonic() + conf.lock_timeout_seconds
    while True:
        try:
            return attempt()
        except Again as error:
            if time.monotonic() >= give_up_at:
                raise Released("The instance's row stayed locked by somebody else.") from error
