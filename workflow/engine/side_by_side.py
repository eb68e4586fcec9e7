"""Running the steps of a parallel command: each in a thread of its own; all end before the gravest error is raised."""

from __future__ import annotations

import threading
from collections.abc import Callable

from workflow.core.errors import Fenced, Released, Suspended
from workflow.core.outcome import Parked
from workflow.engine.connection import close_thread_connections


def run_all(jobs: list[Callable[[], None]]) -> None:
    """The first job runs in the calling thread. Returns when all have ended."""
    errors: list[BaseException] = []

    def attempt(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001  raised below, in the turn's own thread
            errors.append(error)

    def in_thread(job: Callable[[], None]) -> None:
        try:
            attempt(job)
        finally:
            close_thread_connections()

    threads = [threading.Thread(target=in_thread, args=(job,), daemon=True) for job in jobs[1:]]
    for thread in threads:
        thread.start()
    for job in jobs[:1]:
        attempt(job)
    for thread in threads:
        thread.join()
    if errors:
        raise gravest(errors)


def gravest(errors: list[BaseException]) -> BaseException:
    """A lost lease before the engine's trouble before bugs before incidents before waits; of waits the earliest."""
    for kind in (Fenced, Released, Exception):
        for error in errors:
            if isinstance(error, kind):
                return error
    waits = [e for e in errors if isinstance(e, Suspended) and isinstance(e.outcome, Parked)]
    others = [e for e in errors if e not in waits]
    if others:
        return others[0]
    return min(waits, key=lambda e: e.outcome.until or e.outcome.until)  # type: ignore[attr-defined]
