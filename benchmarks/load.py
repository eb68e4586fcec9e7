"""The load: so many callers, each starting its next workflow when its last one has ended. The same for every subject.

Standard library only: the peer's environment imports it too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """How much is asked for: `seconds`, or `count` workflows."""

    in_flight: int
    seconds: float | None = None
    count: int | None = None


@dataclass(slots=True)
class Driven:
    """What one load did. Latencies in seconds, from before the call until its result is there."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def throughput(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


class Share:
    """Who may start one more: until the time is over, or the count is used up."""

    def __init__(self, load: Load) -> None:
        self._until = None if load.seconds is None else time.perf_counter() + load.seconds
        self._left = load.count
        self._lock = threading.Lock()

    def take(self) -> bool:
        if self._left is None:
            return self._until is not None and time.perf_counter() < self._until
        with self._lock:
            self._left -= 1
            return self._left >= 0


def drive(load: Load, workflow: Callable[[], None]) -> Driven:
    """Run the load to its end; an error of any caller is raised."""
    driven = Driven()
    errors: list[BaseException] = []
    share = Share(load)

    def call() -> None:
        mine: list[float] = []
        try:
            while share.take():
                began = time.perf_counter()
                workflow()
                mine.append(time.perf_counter() - began)
        except BaseException as error:  # noqa: BLE001  raised below, in the thread that asked
            errors.append(error)
        driven.latencies.extend(mine)

    threads = [threading.Thread(target=call, name=f"bench-caller-{number}") for number in range(load.in_flight)]
    began, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    driven.seconds, driven.cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    if errors:
        raise errors[0]
    return driven


def percentile(latencies: list[float], share: float) -> float:
    """Nearest rank, in seconds; 0 for no latencies."""
    if not latencies:
        return 0.0
    ordered = sorted(latencies)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
