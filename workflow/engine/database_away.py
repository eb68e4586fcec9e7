"""Our own database going away inside an author's code: the engine's trouble, so no attempt is lost to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections

from workflow.core.errors import Released
from workflow.engine.connection import LOST_CONNECTION

if TYPE_CHECKING:
    from workflow.engine.steps import StepRunner

PAUSE_SECONDS = 1.0


def database_went_away(error: BaseException) -> bool:
    """Ours: another one that the author's code asks is that code's own affair."""
    lost = any(isinstance(cause, LOST_CONNECTION) for cause in (error, error.__cause__))
    return lost and not connections[DEFAULT_DB_ALIAS].is_usable()


def release_without_database(runner: StepRunner, error: BaseException) -> None:
    """Give an external step's instance back if that was it: whoever goes on finds an attempt whose worker was lost.

    What is done at most once has failed instead; it must not be repeated.
    """
    if runner.step.at_most_once or not database_went_away(error):
        return
    runner.turn.surroundings.pause(PAUSE_SECONDS)
    raise Released(f"The database went away inside {runner.command.step_key}.") from error
