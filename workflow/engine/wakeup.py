"""Wake-ups: in-process first, else one coalesced NOTIFY per process after the commit. Losing any costs latency only."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog
from django.db import connections

from workflow.engine.connection import Mode, close_thread_connections, fetch

CHANNEL = "workflow_due"
COALESCE_SECONDS = 0.01
LISTEN_SECONDS = 1.0
RECONNECT_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Notifier:
    """Sends at most one NOTIFY per 10 ms, from a thread of its own: never inside anybody's transaction."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def notify(self) -> None:
        if Mode.inline or self._stopped:
            return
        self._wanted.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="workflow-notifier", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        """Lives while there is something to send, and a moment longer: no thread stays behind in idle processes."""
        try:
            while self._wanted.wait(timeout=LISTEN_SECONDS):
                threading.Event().wait(COALESCE_SECONDS)
                self._wanted.clear()
                fetch(f"NOTIFY {CHANNEL}")
        except psycopg.Error as error:
            log.warning("notify failed; workers poll", error=str(error).strip())
        finally:
            close_thread_connections()


class Listener(threading.Thread):
    """LISTENs and calls back; when the connection is lost it comes again, and meanwhile workers poll."""

    def __init__(self, heard: Callable[[], None]) -> None:
        super().__init__(name="workflow-listener", daemon=True)
        self._heard = heard
        self._stop_event = threading.Event()

    def stop(self) -> None:
        self._stop_event.set()

    def run(self) -> None:
        try:
            while not self._stop_event.is_set():
                try:
                    self._listen()
                except psycopg.Error as error:
                    log.warning("listen failed; polling", error=str(error).strip())
                    close_thread_connections()
                    self._stop_event.wait(RECONNECT_SECONDS)
        finally:
            close_thread_connections()

    def _listen(self) -> None:
        fetch(f"LISTEN {CHANNEL}")
        connection: psycopg.Connection[object] = connections["engine"].connection
        while not self._stop_event.is_set():
            for _ in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                self._heard()


notifier = Notifier()
