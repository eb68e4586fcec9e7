"""Turn threads: as many as there are slots, made when needed; one that is stuck in an author's code is replaced."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import structlog

from workflow.engine.connection import close_thread_connections
from workflow.engine.lease import Lease

log = structlog.get_logger(__name__)


class TurnThreads:
    def __init__(self, slots: int, drive: Callable[[Lease], None], done: Callable[[Lease], None]) -> None:
        self.slots = slots
        self.busy = 0  # reserved or driving
        self.lost = 0  # stuck now
        self.idle = threading.Event()
        self._drive = drive
        self._done = done  # called when the slot is free again
        self._queue: queue.SimpleQueue[Lease | None] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._stuck: set[threading.Thread] = set()
        self._changed = threading.Condition()
        self._closed = False

    def reserve(self, *, always: bool = False) -> bool:
        with self._changed:
            if self.busy >= self.slots and not always:
                return False
            self.busy += 1
            self.idle.clear()
            if self.busy > len(self._threads) and len(self._threads) < self.slots:
                self._add_thread()
            return True

    def unreserve(self) -> None:
        with self._changed:
            self.busy -= 1
            if self.busy == 0:
                self.idle.set()
            self._changed.notify_all()

    def submit(self, lease: Lease) -> None:
        self._queue.put(lease)

    def wait_for_slot(self, timeout: float) -> int:
        """The number of free slots, after waiting for at least one."""
        with self._changed:
            self._changed.wait_for(lambda: self.busy < self.slots, timeout)
            return max(self.slots - self.busy, 0)

    def replace(self, thread: threading.Thread) -> None:
        """The thread is stuck: its slot is free again, and another thread does its work."""
        with self._changed:
            if thread not in self._threads:
                return
            self._threads.discard(thread)
            self._stuck.add(thread)
            self.lost += 1
        self.unreserve()

    def stop(self, timeout: float) -> bool:
        """Wait until no turn is under way, then end the threads. False when some were stuck."""
        with self._changed:
            idle = self._changed.wait_for(lambda: self.busy == 0, timeout)
            self._closed = True
            threads = list(self._threads)
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join(timeout if idle else 0.1)
        return idle and not any(thread.is_alive() for thread in self._stuck)

    def _came_back(self, thread: threading.Thread) -> bool:
        """A stuck one is lost no longer; its slot was given to another, so it ends."""
        with self._changed:
            stuck = thread in self._stuck
            self._stuck.discard(thread)
            self.lost -= stuck
        return stuck

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"workflow-turn-{len(self._threads)}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _run(self) -> None:
        try:
            while (lease := self._queue.get()) is not None:
                try:
                    self._drive(lease)
                except BaseException:  # a slot is never lost with its thread
                    log.exception("a turn broke the engine", instance=lease.id)
                if self._came_back(threading.current_thread()):
                    return
                self.unreserve()
                self._done(lease)
                if self._closed and self._queue.empty():  # a claim that came back after the others had ended
                    return
        finally:
            close_thread_connections()
