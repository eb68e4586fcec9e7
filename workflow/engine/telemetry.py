"""Every verb is counted at one place; metrics and the heartbeat read the counts of this process."""

from __future__ import annotations

import threading
from collections import Counter

_counts: Counter[str] = Counter()
_lock = threading.Lock()


def count(name: str, by: int = 1) -> None:
    with _lock:
        _counts[name] += by


def counted(name: str) -> int:
    return _counts[name]


def checkpoints_written(members: int) -> None:
    count("flushes")
    count("checkpoints", members)


def write_fenced() -> None:
    """A stale worker tried to write and could not."""
    count("fenced_writes")
