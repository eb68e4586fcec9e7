"""The watchdog of one process: flushes what is unwritten for 50 ms, and takes the lease of a step past its deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from workflow.core.errors import Fenced, Released
from workflow.core.events import NewEvent
from workflow.engine.committer import PoisonedCheckpoint
from workflow.engine.connection import close_thread_connections
from workflow.engine.journal import Settle

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

FLUSH_AFTER_SECONDS = 0.05
TICK_SECONDS = 0.025
log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Watch:
    turn: Turn
    late: NewEvent  # what to record when the deadline passes
    due: float  # monotonic
    thread: threading.Thread


class Watchdog(threading.Thread):
    def __init__(self, turns: dict[int, Turn], lost: Callable[[threading.Thread], None]) -> None:
        super().__init__(name="workflow-watchdog", daemon=True)
        self._turns = turns
        self._watches: set[Watch] = set()
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._lost = lost

    @contextmanager
    def watch(self, turn: Turn, late: NewEvent, seconds: float) -> Iterator[None]:
        """Around an author's code. When it comes back after its deadline was called, its turn is over: Fenced."""
        watch = Watch(turn, late, time.monotonic() + seconds, threading.current_thread())
        with self._lock:
            self._watches.add(watch)
        try:
            yield
        finally:
            with self._lock:
                in_time = watch in self._watches
                self._watches.discard(watch)
            if not in_time:
                raise Fenced("the deadline passed")

    def stop(self) -> None:
        self._stop_event.set()

    def run(self) -> None:
        try:
            while not self._stop_event.wait(TICK_SECONDS):
                now = time.monotonic()
                self._flush_stale(now)
                for watch in self._expired(now):
                    self._take_over(watch)
        finally:
            close_thread_connections()

    def _flush_stale(self, now: float) -> None:
        for turn in list(self._turns.values()):
            since = turn.pending_since
            if since is None or now - since < FLUSH_AFTER_SECONDS or not turn.lock.acquire(blocking=False):
                continue
            try:
                if not turn.over and turn.pending:
                    turn.flush()
            except (Fenced, Released, PoisonedCheckpoint):
                turn.pending_since = None  # the turn's own thread meets it at its next write
            finally:
                turn.lock.release()

    def _expired(self, now: float) -> list[Watch]:
        with self._lock:
            expired = [watch for watch in self._watches if now >= watch.due]
            self._watches.difference_update(expired)
        return expired

    def _take_over(self, watch: Watch) -> None:
        """Record the time-out and give the instance back; the late thread finds its lease gone."""
        turn = watch.turn
        log.warning("step ran past its deadline", instance=turn.lease.id, step=watch.late.step_key)
        self._lost(watch.thread)
        with turn.lock:
            try:
                if not turn.over:
                    turn.record(watch.late)
                    turn.over = True
                    turn.flush(Settle(turn.history.status, wake_at=turn.now(), failure=turn.history.failure))
            except (Fenced, Released, PoisonedCheckpoint) as error:
                log.warning("the time-out could not be written", instance=turn.lease.id, error=repr(error))
