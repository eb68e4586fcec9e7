"""A real host with its threads inside the test process, for tests that need more than one connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workflow.engine import hosting
from workflow.engine.connection import close_thread_connections
from workflow.engine.host import Host

SLOTS = 8
STOP_WITHIN_SECONDS = 10.0


@contextmanager
def running_host(*, slots: int = SLOTS, claims: bool = True) -> Iterator[Host]:
    """A started host; with `claims` it also runs the worker's loop. Leaves no thread and no connection behind."""
    host = Host(kind="test", slots=slots).start()
    before = hosting.registered()
    hosting.set_host(host)
    loop = threading.Thread(target=_loop, args=(host,), name="workflow-loop")
    if claims:
        loop.start()
    try:
        yield host
    finally:
        host.stop(STOP_WITHIN_SECONDS)
        if claims:
            loop.join()
        hosting.set_host(before)


def _loop(host: Host) -> None:
    try:
        host.run()
    finally:
        close_thread_connections()
