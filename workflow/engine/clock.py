"""The engine's clock: the database's time, carried on by the monotonic clock. A wrong wall clock is harmless."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from workflow.engine.connection import fetch


class DatabaseClock:
    """Reads the database's time at most once per `resync_seconds`, and never runs backwards."""

    def __init__(self, resync_seconds: float = 5.0) -> None:
        self._resync_seconds = resync_seconds
        self._base: datetime | None = None
        self._read_at = 0.0

    def now(self) -> datetime:
        if self._base is None:
            self.synchronise()
        assert self._base is not None
        return self._base + timedelta(seconds=time.monotonic() - self._read_at)

    def synchronise(self) -> None:
        """Called with every heartbeat."""
        before = time.monotonic()
        read = fetch("SELECT clock_timestamp()")[0][0].astimezone(UTC)
        half_trip = (time.monotonic() - before) / 2
        self._base, self._read_at = read, before + half_trip


class Clocks:
    """Where the engine finds its clock; the test kit puts another one here."""

    def __init__(self) -> None:
        self.current: DatabaseClock = DatabaseClock()

    def now(self) -> datetime:
        return self.current.now()


clock = Clocks()
