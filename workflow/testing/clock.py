"""A clock that stands still until it is told to skip: one instant for the engine and for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import DEFAULT_DB_ALIAS

from workflow.engine.clock import DatabaseClock, clock
from workflow.engine.connection import fetch


class FakeClock(DatabaseClock):
    """Time as the engine sees it. `skip` moves it on; nothing else does, so nobody waits.

    The database is told through its session setting `workflow.now`, which `workflow_now()` reads. It is set on the
    calling thread's `default` connection: the clock is for ordinary `django_db` tests, which use that one alone.
    """

    def __init__(self, at: datetime | None = None) -> None:
        super().__init__()
        self._at = at or datetime.now(UTC)

    def now(self) -> datetime:
        return self._at

    def skip(self, duration: timedelta) -> None:
        """Let so much time pass at once. ValueError: time does not run backwards."""
        if duration < timedelta(0):
            raise ValueError("Time does not run backwards.")
        self._at += duration
        self.synchronise()

    def skip_to(self, instant: datetime) -> None:
        """Let time pass until `instant`; nothing happens if that is over."""
        self.skip(max(instant - self._at, timedelta(0)))

    def turn_back_to(self, instant: datetime) -> None:
        """Begin again, for the next round of a campaign whose rows were rolled back."""
        self._at = instant
        self.synchronise()

    def synchronise(self) -> None:
        """Tell the database (again: a rolled back savepoint takes the setting back with it)."""
        fetch(
            "SELECT set_config('workflow.now', %(at)s::text, false)",
            {"at": self._at.isoformat()},
            using=DEFAULT_DB_ALIAS,
        )

    @contextmanager
    def installed(self) -> Iterator[FakeClock]:
        """Inside, the engine's clock is this one."""
        before, clock.current = clock.current, self
        self.synchronise()
        try:
            yield self
        finally:
            clock.current = before


def current() -> FakeClock:
    """The clock of this test. LookupError outside an ordinary `django_db` test with the plugin."""
    if isinstance(clock.current, FakeClock):
        return clock.current
    raise LookupError("No FakeClock is installed: use an ordinary django_db test with -p workflow.testing.plugin.")
