"""What one phase is asked and what it answers: JSON through an argument and a file. Standard library only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.load import Driven, Load, drive, percentile

WARM_UP_SHARE = 0.2  # of the measured time (or count), before it


@dataclass(slots=True)
class Asked:
    """One phase: `seconds` or `count` of work with so many callers. `marks` are counts at which memory is read."""

    answer: str
    in_flight: int = 1
    seconds: float | None = None
    count: int | None = None
    pinned: bool = False
    profile: bool = False
    marks: list[int] = field(default_factory=list)

    @classmethod
    def read(cls) -> Asked:
        """From the command line of this process."""
        return cls(**json.loads(sys.argv[1]))

    def written(self) -> str:
        return json.dumps(asdict(self))


def measure(asked: Asked, workflow: Callable[[], None]) -> dict[str, Any]:
    """Warm up, then the load. A phase of a count does exactly that many: nothing else may be counted with it."""
    if asked.seconds is not None:
        drive(Load(asked.in_flight, seconds=asked.seconds * WARM_UP_SHARE), workflow)
    return figures(drive(Load(asked.in_flight, seconds=asked.seconds, count=asked.count), workflow))


def figures(driven: Driven) -> dict[str, Any]:
    count = len(driven.latencies)
    return {
        "count": count,
        "seconds": driven.seconds,
        "throughput": driven.throughput,
        "p50_ms": percentile(driven.latencies, 0.5) * 1000,
        "p99_ms": percentile(driven.latencies, 0.99) * 1000,
        "cpu_ms": driven.cpu_seconds / count * 1000 if count else 0.0,
    }


def answer(asked: Asked, found: dict[str, Any]) -> None:
    Path(asked.answer).write_text(json.dumps(found))


def pin() -> None:
    """To one processor by hand, where the system can: the last one, as a worker process does."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
