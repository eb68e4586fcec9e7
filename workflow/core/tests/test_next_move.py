"""next_move: unknown is never given up silently, at-most-once is never repeated, a policy's end is an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow.core import attempts
from workflow.core.attempts import next_move
from workflow.core.definition import Reconciliation, StepContext, step
from workflow.core.recorded import Attempt, CommandKind, Recorded
from workflow.core.retry import OnExhausted, RetryPolicy

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@step
def plain(ctx: StepContext) -> None:
    """An external step."""


def look_up(ctx: StepContext) -> Reconciliation:
    return Reconciliation.unknown()


reconciled = replace(plain, reconcile=look_up)
once = replace(plain, at_most_once=True)
atomic = replace(plain, atomic=True)
KINDS = [plain, reconciled, once, atomic]
UNKNOWN = (Attempt.UNKNOWN, Attempt.TIMED_OUT)


@st.composite
def records(draw: st.DrawFn) -> Recorded:
    latest = draw(st.sampled_from([kind for kind in Attempt if kind not in (Attempt.NONE, Attempt.COMPLETED)]))
    failures = draw(st.integers(0, 5))
    due = draw(st.none() | st.integers(-3600, 3600))
    return Recorded(
        position=1,
        kind=CommandKind.STEP,
        name="plain#1",
        latest=latest,
        attempt=max(1, failures),
        failures=failures,
        generation=draw(st.integers(1, 3)),
        error={"type": draw(st.sampled_from(["ConnectionError", "OutOfStock"]))},
        next_attempt_at=None if due is None else NOW + timedelta(seconds=due),
        first_started_at=NOW - timedelta(seconds=draw(st.integers(0, 7200))),
        unknown_since=NOW - draw(st.sampled_from([timedelta(0), HOUR, 25 * HOUR])) if latest in UNKNOWN else None,
        reconciled_not_done=draw(st.booleans()) if latest in UNKNOWN else False,
        reconciles=draw(st.integers(0, 3)) if latest in UNKNOWN else 0,
    )


POLICIES = st.builds(
    RetryPolicy,
    maximum_attempts=st.none() | st.integers(1, 4),
    maximum_duration=st.none() | st.just(HOUR),
    on_exhausted=st.sampled_from(OnExhausted),
    non_retryable=st.sampled_from([(), ("OutOfStock",)]),
)


def moves(kind: Any, policy: RetryPolicy, recorded: Recorded) -> attempts.Move:
    return next_move(kind, policy, recorded, NOW)


@given(st.sampled_from(KINDS), POLICIES, records())
def test_there_is_always_a_move_and_a_new_attempt_is_the_next_number(
    kind: Any, policy: RetryPolicy, recorded: Recorded
) -> None:
    move = moves(kind, policy, recorded)
    if isinstance(move, attempts.Begin):
        assert move.attempt == recorded.attempt + 1
        raised = recorded.latest is Attempt.REFUSED
        assert move.generation == recorded.generation + (1 if raised else 0)


@given(POLICIES, records())
def test_an_unknown_outcome_is_never_given_up_without_a_look_up_or_staff(
    policy: RetryPolicy, recorded: Recorded
) -> None:
    if recorded.latest in UNKNOWN and not recorded.reconciled_not_done:
        for kind in (plain, reconciled, once):
            assert not isinstance(moves(kind, policy, recorded), attempts.GiveUp)


@given(POLICIES, records())
def test_at_most_once_never_begins_again_after_an_unknown_outcome(policy: RetryPolicy, recorded: Recorded) -> None:
    if recorded.latest in UNKNOWN and not recorded.reconciled_not_done:
        assert isinstance(moves(once, policy, recorded), attempts.AskStaff)


@given(POLICIES, records())
def test_a_step_with_reconcile_is_looked_up_before_it_begins_again(policy: RetryPolicy, recorded: Recorded) -> None:
    if recorded.latest in UNKNOWN and not recorded.reconciled_not_done:
        move = moves(reconciled, policy, recorded)
        assert isinstance(move, attempts.LookUp | attempts.WaitUntil | attempts.AskStaff)


@given(st.sampled_from(KINDS), POLICIES, records())
def test_what_ran_when_its_worker_died_is_noted_first(kind: Any, policy: RetryPolicy, recorded: Recorded) -> None:
    if recorded.latest is Attempt.RUNNING:
        assert isinstance(moves(kind, policy, recorded), attempts.NoteOrphan)


@given(st.sampled_from(KINDS), POLICIES, records())
def test_nothing_begins_before_it_is_due(kind: Any, policy: RetryPolicy, recorded: Recorded) -> None:
    if recorded.next_attempt_at is not None and recorded.next_attempt_at > NOW:
        move = moves(kind, policy, recorded)
        assert not isinstance(move, attempts.Begin | attempts.LookUp)


@given(POLICIES, records())
def test_a_failure_that_used_up_its_policy_ends_or_asks_staff_as_declared(
    policy: RetryPolicy, recorded: Recorded
) -> None:
    used_up = policy.maximum_attempts is not None and recorded.failures >= policy.maximum_attempts
    plainly_failed = recorded.latest in (Attempt.FAILED, Attempt.REFUSED) and recorded.next_attempt_at is None
    if used_up and plainly_failed:
        move = moves(plain, policy, recorded)
        wanted = attempts.AskStaff if policy.on_exhausted is OnExhausted.INCIDENT else attempts.GiveUp
        assert isinstance(move, wanted)


def test_the_first_move_is_the_first_attempt_of_the_first_generation() -> None:
    assert next_move(plain, RetryPolicy(), None, NOW) == attempts.Begin(1, 1)
