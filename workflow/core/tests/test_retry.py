"""Pauses between attempts: never longer than the maximum, never negative, never shrinking without jitter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.core.retry import RECONCILE_POLICY, RetryPolicy

SECONDS = st.floats(0.001, 3600, allow_nan=False)


@st.composite
def policies(draw: st.DrawFn) -> RetryPolicy:
    first, last = sorted((draw(SECONDS), draw(SECONDS)))
    return RetryPolicy(
        initial_interval=timedelta(seconds=first),
        maximum_interval=timedelta(seconds=last),
        backoff_coefficient=draw(st.floats(1, 10)),
        jitter=draw(st.floats(0, 1)),
    )


@given(policies(), st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_never_negative_and_never_above_the_maximum(
    policy: RetryPolicy, failures: int, chance: float
) -> None:
    assert timedelta(0) <= policy.delay(failures, chance) <= policy.maximum_interval


@given(policies(), st.integers(1, 200))
def test_without_jitter_pauses_only_grow(policy: RetryPolicy, failures: int) -> None:
    assert policy.delay(failures, 0) <= policy.delay(failures + 1, 0)
    assert policy.delay(1, 0) == min(policy.initial_interval, policy.maximum_interval)


@given(policies(), st.integers(1, 50), st.floats(0, 1))
def test_jitter_takes_at_most_its_share(policy: RetryPolicy, failures: int, chance: float) -> None:
    full, pause = policy.delay(failures, 0), policy.delay(failures, chance)
    assert pause <= full
    assert pause >= full * (1 - policy.jitter) - timedelta(microseconds=2)


def test_look_ups_are_five_to_sixty_seconds_apart_for_a_day() -> None:
    assert [RECONCILE_POLICY.delay(n, 0).total_seconds() for n in (1, 2, 3, 4, 5, 9)] == [5, 10, 20, 40, 60, 60]
    assert RECONCILE_POLICY.maximum_duration == timedelta(hours=24)


@pytest.mark.parametrize(
    "wrong",
    [
        {"initial_interval": timedelta(0)},
        {"initial_interval": timedelta(seconds=9), "maximum_interval": timedelta(seconds=8)},
        {"backoff_coefficient": 0.5},
        {"jitter": 1.5},
        {"maximum_attempts": 0},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="RetryPolicy"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]
