"""Group commit: one committer thread per process writes whatever queued up meanwhile as one statement.

A busy member is written alone by its own thread, so nobody waits for somebody else's row. A failing flush is bisected
until only the bad member fails. A lost acknowledgement is resolved by reading the event at the next number.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import psycopg
import structlog

from workflow.conf import conf
from workflow.core.errors import Released
from workflow.engine import journal, telemetry
from workflow.engine.connection import LOST_CONNECTION, TRANSIENT, SharedConnection, close_thread_connections
from workflow.engine.journal import Checkpoint, Receipt, Written

FLUSH_MEMBERS_MAX = 128
DIRECT_TURNS_MAX = 2
RUNNABLE_TURNS = 2
PASS_ON_WITHIN_SECONDS = 0.001
RECONNECT_ATTEMPTS_MAX = 5
RECONNECT_PAUSE_SECONDS = 0.2
R = TypeVar("R")
log = structlog.get_logger(__name__)


class PoisonedCheckpoint(Exception):
    """PostgreSQL refuses a value of this checkpoint for good (a NUL character, a violated constraint)."""


class Pending:
    """One submitted checkpoint and the thread that waits for it."""

    __slots__ = ("checkpoint", "done", "error", "receipt")

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.receipt: Receipt | None = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def result(self) -> Receipt:
        self.done.acquire()
        if self.error is not None:
            raise self.error
        assert self.receipt is not None
        return self.receipt


class Committer:
    """`write` blocks until the checkpoint is durable, or says why it is not.

    With few turns under way (`crowd` tells) a thread that finds the connection free writes its own: no hand-over.
    """

    def __init__(self, crowd: Callable[[], int]) -> None:
        self._crowd = crowd
        self._queue: queue.SimpleQueue[Pending | None] = queue.SimpleQueue()
        self._connection = SharedConnection()
        self._ready: deque[Pending] = deque()  # durable; their threads go on a few at a time
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
        try:
            receipt = self._write(checkpoint)
        except Again:
            return write_alone(checkpoint)
        return write_alone(checkpoint) if receipt.written is Written.BUSY else receipt

    def write_if_free(self, checkpoint: Checkpoint) -> Receipt:
        """BUSY, and nothing written, while somebody else holds the row."""
        try:
            return self._write(checkpoint)
        except Again:
            return Receipt(Written.BUSY)

    def _write(self, checkpoint: Checkpoint) -> Receipt:
        if self._crowd() <= DIRECT_TURNS_MAX and self._connection.take(wait=False):
            try:
                return flush([checkpoint], skip_locked=True)[0]
            finally:
                self._connection.give_back()
        pending = Pending(checkpoint)
        self._queue.put(pending)
        self.pass_on()
        return pending.result()

    def pass_on(self) -> None:
        """Called by a turn that is about to wait or to run an author's code: the next one may go on.

        Threads woken all at once would queue for the interpreter lock, in front of the committer.
        """
        try:
            pending = self._ready.popleft()
        except IndexError:
            return
        pending.done.release()

    def _run(self) -> None:
        try:
            while (batch := self._batch()) is not None:
                self._connection.take(wait=True)
                try:
                    self._flush(batch)
                finally:
                    self._connection.give_back()
        finally:
            self._connection.close()
            close_thread_connections()

    def _batch(self) -> list[Pending] | None:
        """Whatever queued up meanwhile; at most one checkpoint per instance, which submitters see to themselves."""
        first = self._first()
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

    def _first(self) -> Pending | None:
        """Waits; and should those who may go on not pass it on in time, lets the rest go on."""
        while self._ready:
            try:
                return self._queue.get(timeout=PASS_ON_WITHIN_SECONDS)
            except queue.Empty:
                while self._ready:
                    self.pass_on()
        return self._queue.get()

    def _flush(self, batch: list[Pending]) -> None:
        try:
            receipts = flush([pending.checkpoint for pending in batch], skip_locked=True)
        except BaseException as error:  # noqa: BLE001  handed to the threads that wait
            if len(batch) > 1 and not isinstance(error, Released):
                middle = len(batch) // 2
                self._flush(batch[:middle])
                self._flush(batch[middle:])
                return
            for pending in batch:
                pending.error = error
        else:
            for pending, receipt in zip(batch, receipts, strict=True):
                pending.receipt = receipt
        self._ready.extend(batch)
        for _ in range(RUNNABLE_TURNS):
            self.pass_on()


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
