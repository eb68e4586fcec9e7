"""The pytest plugin: `-p workflow.testing.plugin`. It imports nothing of Django before Django is set up.

Ordinary `django_db` tests: everything happens on `default` in the calling thread, under a FakeClock (fixture `clock`);
the test's own transaction does not count as the caller's. Tests with `transaction=True`: both aliases, real threads
(fixture `host`), short heartbeats.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workflow.engine.host import Host
    from workflow.testing.clock import FakeClock

HEARTBEAT_SECONDS = 0.2
DEAD_AFTER_SECONDS = 1.0
THREADS_END_WITHIN_SECONDS = 15.0
DB_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
TRANSACTIONAL = DB_FIXTURES - {"db"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A transaction test may use both aliases, which are one database."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if _transactional(item) and (marker is None or "databases" not in marker.kwargs):
            given = dict(marker.kwargs) if marker else {}
            both = {**given, "transaction": True, "databases": "__all__"}
            item.add_marker(pytest.mark.django_db(**both), append=False)


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and bool(marker.kwargs.get("transaction") or marker.kwargs.get("reset_sequences"))
    return asked or bool(_fixtures(item) & TRANSACTIONAL)


def _uses_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or bool(_fixtures(item) & DB_FIXTURES)


@pytest.fixture(autouse=True)
def _engine_of_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the module says, around every test that uses the database."""
    if not _uses_database(request.node):
        yield
        return
    from django.test import override_settings

    intervals = {
        "WORKFLOW_HEARTBEAT_SECONDS": HEARTBEAT_SECONDS,
        "WORKFLOW_DEAD_AFTER_SECONDS": DEAD_AFTER_SECONDS,
    }
    request.getfixturevalue("_django_db_helper")
    with ExitStack() as held:
        if _transactional(request.node):
            held.enter_context(override_settings(**intervals))
        else:
            held.enter_context(override_settings(**intervals, WORKFLOW_INLINE_BUDGET_SECONDS=0))
            held.enter_context(_inline())
        yield


def _inline() -> Any:
    from workflow.testing.inline import inline

    return inline()


@pytest.fixture
def clock(db: None, _engine_of_the_test: None) -> FakeClock:  # noqa: ARG001  they come first
    """The clock of an ordinary test: `clock.skip(timedelta(hours=1))`."""
    from workflow.testing.clock import current

    return current()


@pytest.fixture
def host(transactional_db: None, _engine_of_the_test: None) -> Iterator[Host]:  # noqa: ARG001  they come first
    """A worker with threads in this process, for tests with `transaction=True`; calls use it for their inline turns."""
    from workflow.testing.threads import running_host

    with running_host() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _engine_threads_end_first(request: pytest.FixtureRequest) -> Iterator[None]:
    """A thread that still holds a connection keeps the test database from being dropped."""
    if any(_uses_database(item) for item in request.session.items):
        request.getfixturevalue("django_db_setup")
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("workflow-"):
            thread.join(THREADS_END_WITHIN_SECONDS)
