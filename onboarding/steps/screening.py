"""Screening against sanctions lists: clear, hit, or a likeness that staff decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from onboarding import services
from onboarding.messages import NoData, ReviewDecision
from onboarding.models import Verdict
from onboarding.states import State
from onboarding.steps.progress import move_applicant
from workflow import NOTHING_TO_UNDO, OnExhausted, RetryPolicy, Run, StepContext, step

AML = "aml"
"""The name of the step, under which the machine's memory keeps its verdict: CLEAR, HIT or REVIEW."""

SCREENING_RETRY = RetryPolicy(
    maximum_attempts=3, initial_interval=timedelta(seconds=1), on_exhausted=OnExhausted.INCIDENT
)
"""Without a list nobody is cleared and nobody fails: staff loads one and resumes."""


@step(name=AML, atomic=True, retry=SCREENING_RETRY, undo=NOTHING_TO_UNDO)
def screen_applicant(ctx: StepContext) -> Verdict:
    """Screen the accepted profile and keep the finding."""
    return services.screen_application(instance_id=ctx.instance_id)


@step(atomic=True, undo=NOTHING_TO_UNDO)
def record_review(ctx: StepContext, *, to: State, reason: str, at: datetime) -> None:
    """Note what staff decided."""
    services.record_review(instance_id=ctx.instance_id, to=to, reason=reason, at=at)


def is_clear(memory: Mapping[str, Any]) -> bool:
    """Guard: the lists name nobody like this."""
    return memory.get(AML) == Verdict.CLEAR


def is_hit(memory: Mapping[str, Any]) -> bool:
    """Guard: the lists name this person."""
    return memory.get(AML) == Verdict.HIT


def clear(run: Run, data: NoData | None) -> None:  # noqa: ARG001
    """Nobody on the lists is like this."""
    run.step(move_applicant, to=State.AML_CLEARED)


def reject(run: Run, data: NoData | None) -> None:  # noqa: ARG001
    """A listed person."""
    run.step(move_applicant, to=State.AML_REJECTED)


def clear_by_staff(run: Run, data: ReviewDecision) -> None:
    """Staff: a coincidence."""
    run.step(record_review, to=State.AML_CLEARED, reason=data.reason, at=run.now())


def reject_by_staff(run: Run, data: ReviewDecision) -> None:
    """Staff: the listed person."""
    run.step(record_review, to=State.AML_REJECTED, reason=data.reason, at=run.now())
