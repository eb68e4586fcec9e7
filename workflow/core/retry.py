"""Retry policies, and the one pure function that decides what happens next with a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class OnExhausted(StrEnum):
    FAIL = "FAIL"  # the step fails, the instance rolls back
    INCIDENT = "INCIDENT"  # the instance stops there and asks staff


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failed attempt is repeated. Durations are timedeltas; semantics as in Temporal's RetryPolicy.

    `maximum_attempts` counts attempts that failed, the first included (None: no limit); `maximum_duration` counts from
    the first attempt; `jitter` is the share of a delay that may be taken away at random, 0 to 1; `non_retryable` names
    exception types (class name, or its `code`).
    """

    initial_interval: timedelta = timedelta(seconds=1)
    backoff_coefficient: float = 2.0
    maximum_interval: timedelta = timedelta(seconds=60)
    maximum_attempts: int | None = None
    maximum_duration: timedelta | None = None
    jitter: float = 0.2
    non_retryable: tuple[str, ...] = ()
    on_exhausted: OnExhausted = OnExhausted.FAIL

    def __post_init__(self) -> None:
        if self.initial_interval <= timedelta(0) or self.maximum_interval < self.initial_interval:
            raise ValueError("RetryPolicy needs 0 < initial_interval <= maximum_interval.")
        if self.backoff_coefficient < 1 or not 0 <= self.jitter <= 1:
            raise ValueError("RetryPolicy needs backoff_coefficient >= 1 and jitter between 0 and 1.")
        if self.maximum_attempts is not None and self.maximum_attempts < 1:
            raise ValueError("RetryPolicy.maximum_attempts counts the first attempt too: 1 means no retry.")

    def delay(self, failures: int, chance: float) -> timedelta:
        """The pause after the n-th failure; `chance` in 0..1 comes from the caller (the core has no randomness)."""
        exponent = min(failures - 1, 64)
        pause = min(self.initial_interval.total_seconds() * self.backoff_coefficient**exponent, 10.0**9)
        pause = min(pause, self.maximum_interval.total_seconds())
        return timedelta(seconds=pause * (1 - self.jitter * chance))


RECONCILE_POLICY = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    maximum_interval=timedelta(seconds=60),
    maximum_duration=timedelta(hours=24),
)
"""Look-ups after an unknown outcome: 5 s to 60 s apart, for 24 hours, then an incident."""
