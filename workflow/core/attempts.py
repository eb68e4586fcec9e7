"""What happens next with a step: one pure decision over what history knows of it. The engine carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflow.core.definition import StepDefinition
from workflow.core.recorded import Attempt, Recorded
from workflow.core.retry import OnExhausted, RetryPolicy


@dataclass(frozen=True, slots=True)
class Begin:
    """Start this attempt, under the key of this generation."""

    attempt: int
    generation: int


@dataclass(frozen=True, slots=True)
class NoteOrphan:
    """The attempt's worker died: its outcome is unknown (for an atomic step: it did not happen)."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the other side what became of the key; the n-th time."""

    number: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Decide when the next attempt is due, after so many failures."""

    failures: int


@dataclass(frozen=True, slots=True)
class WaitUntil:
    at: datetime
    standing: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The step has failed for good."""


@dataclass(frozen=True, slots=True)
class AskStaff:
    kind: str
    message: str


Move = Begin | NoteOrphan | LookUp | Schedule | WaitUntil | GiveUp | AskStaff


def next_move(step: StepDefinition[..., Any], policy: RetryPolicy, recorded: Recorded | None, now: datetime) -> Move:
    """The next move for a step that is not concluded."""
    if recorded is None or recorded.latest is Attempt.NONE:
        return Begin((recorded.attempt if recorded else 0) + 1, recorded.generation if recorded else 1)
    match recorded.latest:
        case Attempt.RUNNING:
            return NoteOrphan()
        case Attempt.UNKNOWN | Attempt.TIMED_OUT if not step.atomic and not recorded.reconciled_not_done:
            return _after_unknown(step, policy, recorded, now)
        case _:
            return _after_failure(policy, recorded, now)


def _after_unknown(step: StepDefinition[..., Any], policy: RetryPolicy, recorded: Recorded, now: datetime) -> Move:
    if step.reconcile is not None:
        return _reconcile(step.reconcile_policy, recorded, now)
    if step.at_most_once and recorded.unknown_since is not None:
        return AskStaff(
            "OUTCOME_UNKNOWN", "The step may have happened and must not be repeated; find out, then decide."
        )
    if recorded.latest is Attempt.TIMED_OUT and recorded.next_attempt_at is None:
        if _exhausted(policy, recorded, now):
            return AskStaff("OUTCOME_UNKNOWN", "Every attempt ran out of time; whether one took effect is not known.")
        return Schedule(recorded.failures)
    return _when_due(recorded, recorded.generation, now)


def _reconcile(policy: RetryPolicy, recorded: Recorded, now: datetime) -> Move:
    assert recorded.unknown_since is not None or recorded.reconciles == 0
    given_up = policy.maximum_duration is not None and recorded.unknown_since is not None
    if given_up and now - recorded.unknown_since > policy.maximum_duration:  # type: ignore[operator]
        return AskStaff("OUTCOME_UNKNOWN", "The look-ups could not tell whether the call took effect.")
    if recorded.next_attempt_at is not None and now < recorded.next_attempt_at:
        return WaitUntil(recorded.next_attempt_at, standing=True)
    return LookUp(recorded.reconciles + 1)


def _after_failure(policy: RetryPolicy, recorded: Recorded, now: datetime) -> Move:
    generation = recorded.generation + (1 if recorded.latest is Attempt.REFUSED else 0)
    over = recorded.failures > 0 and (_final(policy, recorded) or _exhausted(policy, recorded, now))
    if recorded.next_attempt_at is not None and not (recorded.reconciled_not_done and over):
        return _when_due(recorded, generation, now)
    if recorded.failures == 0:  # granted anew by staff, or its worker died
        return Begin(recorded.attempt + 1, generation)
    if over:
        if policy.on_exhausted is OnExhausted.INCIDENT:
            error = recorded.error or {}
            return AskStaff("STEP_EXHAUSTED", f"{error.get('type')}: {error.get('message')}")
        return GiveUp()
    return Schedule(recorded.failures)


def _when_due(recorded: Recorded, generation: int, now: datetime) -> Move:
    if recorded.next_attempt_at is not None and now < recorded.next_attempt_at:
        return WaitUntil(recorded.next_attempt_at)
    return Begin(recorded.attempt + 1, generation)


def _final(policy: RetryPolicy, recorded: Recorded) -> bool:
    error = recorded.error or {}
    named = {error.get("type"), error.get("code")} & set(policy.non_retryable)
    return bool(named) or error.get("retryable") is False


def _exhausted(policy: RetryPolicy, recorded: Recorded, now: datetime) -> bool:
    if policy.maximum_attempts is not None and recorded.failures >= policy.maximum_attempts:
        return True
    started: datetime | None = recorded.first_started_at
    limit: timedelta | None = policy.maximum_duration
    return limit is not None and started is not None and now - started >= limit
