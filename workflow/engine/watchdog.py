"""The watchdog of one process: flushes what is unwritten for 50 ms, and takes the lease of a step past its deadline.

It serves every turn, so it never waits for somebody else's row lock: a flush is put off, a takeover has its own thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from workflow.core.errors import Fenced, Released
from workflow.core.events import NewEvent
from workflow.engine.committer import PoisonedCheckpoint
from workflow.engine.connection import close_thread_connections
from workflow.engine.journal import Checkpoint, Receipt, Settle, Written

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

FLUSH_AFTER_SECONDS = 0.05
TICK_SECONDS = 0.025
LAST_TAKEOVERS_SECONDS = 2.0
log = structlog.get_logger(__name__)


class Watch:
    """Around an author's code. When it comes back after its deadline was called, its turn is over: Fenced."""

    __slots__ = ("_watches", "due", "late", "turn")

    def __init__(self, watches: set[Watch], turn: Turn, late: Callable[[], NewEvent], due: float) -> None:
        self._watches = watches
        self.turn = turn
        self.late = late  # makes what is recorded when the deadline passes
        self.due = due  # monotonic

    def __enter__(self) -> None:
        self._watches.add(self)

    def __exit__(self, *_: object) -> None:
        try:
            self._watches.remove(self)
        except KeyError:
            raise Fenced("the deadline passed") from None


class Watchdog(threading.Thread):
    def __init__(
        self,
        turns: dict[int, Turn],
        lost: Callable[[Turn], None],
        write_if_free: Callable[[Checkpoint], Receipt],
    ) -> None:
        super().__init__(name="workflow-watchdog", daemon=True)
        self._turns = turns
        self._watches: set[Watch] = set()
        self._stop_event = threading.Event()
        self._lost = lost
        self._write_if_free = write_if_free
        self._takeovers: list[threading.Thread] = []

    def watch(self, turn: Turn, late: Callable[[], NewEvent], seconds: float) -> Watch:
        """Adding and removing is one operation on a set each: whoever removes the watch first has decided."""
        return Watch(self._watches, turn, late, time.monotonic() + seconds)

    def stop(self) -> None:
        self._stop_event.set()

    def run(self) -> None:
        try:
            while not self._stop_event.wait(TICK_SECONDS):
                now = time.monotonic()
                self._flush_stale(now)
                for watch in self._expired(now):
                    self._begin_takeover(watch)
            for takeover in self._takeovers:
                takeover.join(LAST_TAKEOVERS_SECONDS)
        finally:
            close_thread_connections()

    def _flush_stale(self, now: float) -> None:
        for turn in list(self._turns.values()):
            since = turn.pending_since
            if since is None or now - since < FLUSH_AFTER_SECONDS or not turn.lock.acquire(blocking=False):
                continue
            try:
                if not turn.over and (turn.pending or turn.birth is not None):
                    self._flush(turn, now)
            except (Fenced, Released, PoisonedCheckpoint):
                turn.pending_since = None  # the turn's own thread meets it at its next write
            finally:
                turn.lock.release()

    def _flush(self, turn: Turn, now: float) -> None:
        if turn.birth is not None:
            turn.flush()
            return
        checkpoint = turn.checkpoint(turn.pending, turn.settle)
        receipt = self._write_if_free(checkpoint)
        if receipt.written is Written.BUSY:
            turn.pending_since = now
        else:
            turn.accept(checkpoint, receipt)

    def _expired(self, now: float) -> list[Watch]:
        expired = []
        for watch in self._watches.copy():
            if now >= watch.due:
                try:
                    self._watches.remove(watch)
                except KeyError:
                    continue  # it came back just now
                expired.append(watch)
        return expired

    def _begin_takeover(self, watch: Watch) -> None:
        log.warning("step ran past its deadline", instance=watch.turn.lease.id)
        self._lost(watch.turn)
        takeover = threading.Thread(target=self._take_over, args=(watch,), name="workflow-takeover", daemon=True)
        self._takeovers = [*(each for each in self._takeovers if each.is_alive()), takeover]
        takeover.start()

    def _take_over(self, watch: Watch) -> None:
        """Record the time-out and give the instance back; the late thread finds its lease gone.

        An atomic step whose commit came in meanwhile has no time-out to record; its lease is given back all the same.
        """
        turn = watch.turn
        try:
            with turn.lock:
                if not turn.over:
                    turn.over = True
                    with suppress(Fenced):
                        turn.record(watch.late())
                    turn.flush(Settle(turn.history.status, wake_at=turn.now(), failure=turn.history.failure))
        except (Fenced, Released, PoisonedCheckpoint) as error:
            log.warning("the time-out could not be written", instance=turn.lease.id, error=repr(error))
        finally:
            close_thread_connections()
