"""Moving the applicant where an arrow does nothing else."""

from __future__ import annotations

from onboarding import selectors, services
from onboarding.messages import NoData
from onboarding.states import State
from workflow import NOTHING_TO_UNDO, Run, StepContext, step


@step(atomic=True, undo=NOTHING_TO_UNDO)
def move_applicant(ctx: StepContext, *, to: State) -> None:
    """The applicant's status follows the machine's state, in the same commit as the fact."""
    services.move_applicant(selectors.get_applicant(ctx.instance_id), to)


def expire(run: Run, data: NoData | None) -> None:  # noqa: ARG001
    """The state's limit passed."""
    run.step(move_applicant, to=State.EXPIRED)


def complete(run: Run, data: NoData | None) -> None:  # noqa: ARG001
    """Nothing is left to do."""
    run.step(move_applicant, to=State.COMPLETED)
