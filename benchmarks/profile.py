"""Where the time goes: per flush size the wait for PostgreSQL and the Python around it; the processor by thread."""

from __future__ import annotations

import importlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(slots=True)
class Flushes:
    """Of one bucket of sizes: how many, their members, the seconds inside the write and those spent in the driver."""

    count: int = 0
    members: int = 0
    seconds: float = 0.0
    waited: float = 0.0


@dataclass(slots=True)
class Seen:
    by_size: dict[int, Flushes] = field(default_factory=lambda: defaultdict(Flushes))


@contextmanager
def flushes(*, on: bool) -> Iterator[Seen]:
    """Inside, every write of the journal is timed. Off, nothing is touched."""
    journal: Any = importlib.import_module("workflow.engine.journal")

    seen = Seen()
    if not on:
        yield seen
        return
    fetch, write = journal.fetch, journal.write
    inside = threading.local()

    def timed_fetch(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return fetch(*args, **kwargs)
        finally:
            inside.waited = time.perf_counter() - began

    def timed_write(checkpoints: list[Any], **kwargs: Any) -> Any:
        began, inside.waited = time.perf_counter(), 0.0
        try:
            return write(checkpoints, **kwargs)
        finally:
            bucket = seen.by_size[bucket_of(len(checkpoints))]
            bucket.count += 1
            bucket.members += len(checkpoints)
            bucket.seconds += time.perf_counter() - began
            bucket.waited += inside.waited

    journal.fetch, journal.write = timed_fetch, timed_write
    try:
        yield seen
    finally:
        journal.fetch, journal.write = fetch, write


def bucket_of(size: int) -> int:
    return next(limit for limit in SIZES if size <= limit)


def told(seen: Seen, found: Mapping[str, Any]) -> dict[str, Any]:
    """The profile as figures; `found` is what the phase measured."""
    everything = list(seen.by_size.values())
    return {
        "flushes": [
            {
                "size_up_to": size,
                "count": each.count,
                "members": each.members,
                "ms_each": each.seconds / each.count * 1000,
                "waited_ms_each": each.waited / each.count * 1000,
            }
            for size, each in sorted(seen.by_size.items())
        ],
        "waited_share": sum(each.waited for each in everything) / found["seconds"],
        "write_share": sum(each.seconds for each in everything) / found["seconds"],
        "python_share": found["cpu_ms"] * found["count"] / 1000 / found["seconds"],
        "threads_cpu_seconds": processor_by_thread(),
    }


def processor_by_thread() -> dict[str, float]:
    """Processor seconds of the threads that live, by the kind their names tell; empty where it cannot be read."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return {}
    kinds: dict[str, float] = defaultdict(float)
    for thread in threading.enumerate():
        if thread.ident is not None and thread.is_alive():
            spent = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            kinds[thread.name.rstrip("0123456789-")] += spent
    return dict(kinds)
