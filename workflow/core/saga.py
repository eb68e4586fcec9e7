"""The rollback plan: which steps are undone, in which order. Pure: read off the history."""

from __future__ import annotations

from workflow.core.history import History
from workflow.core.recorded import Attempt, CommandKind, Recorded

UNKNOWN_ATTEMPTS = frozenset({Attempt.RUNNING, Attempt.UNKNOWN, Attempt.TIMED_OUT})


def plan(history: History) -> list[Recorded]:
    """Every started step that declared an undo and may have taken effect, in reverse start order.

    A completed pivot seals what came before it. A definite refusal left nothing to undo.
    """
    sealed = max((c.sequence_number for c in history.commands.values() if c.pivot), default=0)
    open_steps = [
        command
        for command in history.commands.values()
        if command.kind is CommandKind.STEP
        and command.undo
        and command.sequence_number > sealed
        and command.latest not in (Attempt.NONE, Attempt.REFUSED)
    ]
    return sorted(open_steps, key=lambda command: command.sequence_number, reverse=True)


def remaining(history: History) -> list[Recorded]:
    """What of the plan is still to be undone."""
    return [step for step in plan(history) if not _undone(history, step)]


def _undone(history: History, step: Recorded) -> bool:
    undo = history.undos.get(step.position)
    return undo is not None and undo.concluded and undo.error is None


def needs_closing(step: Recorded) -> bool:
    """Whether it is unknown if the step took effect, so that its key must be closed before the undo."""
    return not step.concluded and step.latest in UNKNOWN_ATTEMPTS and not step.reconciled_not_done
