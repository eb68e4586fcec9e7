"""The heartbeat of a process: it lives; finds turns it lost track of, recovers the dead, notices its own ruin."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg
import structlog

from workflow.conf import conf
from workflow.engine import claims, recovery, telemetry, workers
from workflow.engine.clock import clock
from workflow.engine.connection import close_thread_connections

if TYPE_CHECKING:
    from workflow.engine.host import Host

log = structlog.get_logger(__name__)


class Heart(threading.Thread):
    def __init__(self, host: Host) -> None:
        super().__init__(name="workflow-heart", daemon=True)
        self._host = host
        self._stop_event = threading.Event()
        self._last_good = time.monotonic()
        self._absent: set[tuple[str, int]] = set()
        self._fenced_told = 0  # by the last good beat
        self._fenced_before = 0  # under earlier ids of this process
        self.suspicious = False  # an instance that cost workers their life is due

    def age_seconds(self) -> float:
        """Since the last heartbeat that reached the database."""
        return time.monotonic() - self._last_good

    def stop(self) -> None:
        self._stop_event.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        try:
            while not self._stop_event.is_set():  # the first beat at the start: whom a crash left is recovered at once
                try:
                    self._beat()
                except psycopg.Error as error:
                    log.warning("heartbeat failed", error=str(error).strip(), age=round(self.age_seconds(), 1))
                self._stop_event.wait(conf.heartbeat_seconds)
        finally:
            close_thread_connections()

    def _beat(self) -> None:
        host = self._host
        began = time.monotonic()
        fenced = telemetry.counted("fenced_writes")
        state = workers.Beat(host.busy, host.lost_threads, fenced - self._fenced_before, host.stopping)
        if workers.beat(host.id, state):
            self._fenced_told = fenced
        else:
            log.error("this worker was declared dead; its turns belong to others, and it begins anew")
            self._fenced_before = self._fenced_told
            host.begin_anew()
        self._last_good = began
        clock.current.synchronise()
        self._release_lost_turns()
        report = recovery.run_once()
        self.suspicious = recovery.suspicious_due(host.queues)
        if report.recovered:
            host.wake()
        if host.lost_threads * 2 >= host.slots:
            log.error("half of the turn threads are stuck in author code; draining", lost=host.lost_threads)
            host.failed = True
            host.drain()

    def _release_lost_turns(self) -> None:
        """Rows that bear my id and no turn in memory, twice in a row: given back."""
        host = self._host
        in_memory = {turn.lease.id for turn in list(host.turns.values())}
        absent = {(i, token) for i, token in claims.held_by(host.id) if i not in in_memory}
        for instance_id, token in absent & self._absent:
            log.warning("a turn was lost track of; giving it back", instance=instance_id)
            claims.give_back(host.id, instance_id, token)
        self._absent = absent - self._absent
