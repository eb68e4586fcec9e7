"""The engine inside one thread, one connection and one transaction: what the plugin puts around ordinary tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import DEFAULT_DB_ALIAS, connections

from workflow.engine import hosting
from workflow.engine.connection import ENGINE_ALIAS, Mode
from workflow.engine.host import Host
from workflow.testing.clock import FakeClock
from workflow.testing.host import DirectHost


@contextmanager
def inline() -> Iterator[DirectHost]:
    """Inside, `engine` is `default`, turns are driven by the calls that cause them, and time stands still."""
    before_host, before_engine = hosting.registered(), connections[ENGINE_ALIAS]
    default = connections[DEFAULT_DB_ALIAS]
    host = DirectHost()
    connections[ENGINE_ALIAS] = default
    Mode.inline, Mode.depth = True, len(default.savepoint_ids)
    hosting.set_host(cast("Host", host))
    try:
        with FakeClock().installed():
            yield host
    finally:
        hosting.set_host(before_host)
        Mode.inline, Mode.depth = False, 0
        connections[ENGINE_ALIAS] = before_engine
