"""Accepting the profile, under the e-mail rule that the instance is pinned to."""

from __future__ import annotations

from datetime import datetime

from onboarding import services
from onboarding.email_rules import CHANGE, PERSONAL_MAILBOX, SYNTAX_ONLY
from onboarding.messages import ProfileEntry
from onboarding.profile import Problem
from workflow import NOTHING_TO_UNDO, ActionRefused, Run, StepContext, step


@step(atomic=True, undo=NOTHING_TO_UNDO)
def accept_profile(ctx: StepContext, *, profile_id: str, email_logic: int, at: datetime) -> list[Problem]:
    """Judge a stored profile; without a problem it is the application's, in the same commit."""
    return services.accept_profile(instance_id=ctx.instance_id, profile_id=profile_id, email_logic=email_logic, at=at)


def complete_profile(run: Run, data: ProfileEntry) -> None:
    """Take the profile, or refuse it with everything that is wrong."""
    logic = run.version(CHANGE, SYNTAX_ONLY, PERSONAL_MAILBOX)
    problems = run.step(accept_profile, profile_id=str(data.profile_id), email_logic=logic, at=run.now())
    if problems:
        errors = [problem.model_dump() for problem in problems]
        raise ActionRefused("The profile is not acceptable.", code="profile-invalid", errors=errors)
