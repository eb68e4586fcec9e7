"""The rollback: undos in reverse start order, each a step with attempts of its own. It goes on past one that fails.

An attempt not known to have ended first has its key closed; only then is it known what there is to undo.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from workflow.core import definition, saga
from workflow.core.attempts import AskStaff, Begin
from workflow.core.definition import Reconciliation, StepDefinition
from workflow.core.errors import DefinitionError, Refused, Suspended
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.outcome import Blocked, Outcome, Parked, RolledBack
from workflow.core.ports import StepCommand
from workflow.core.recorded import Attempt, Recorded
from workflow.engine.steps import StepRunner

if TYPE_CHECKING:
    from workflow.engine.turn import Turn


def roll_back(turn: Turn) -> Outcome:
    """Undo what is left of the plan; the outcome says which undos failed for good."""
    failed: list[JSON] = []
    for step in saga.plan(turn.history):
        code = _code_of(step)
        try:
            if saga.needs_closing(step):
                KeyCloser(turn, StepCommand(code, step.position, step.name, step.input, step)).close()
            if step.latest is not Attempt.REFUSED:
                UndoRunner(turn, step, code).perform()
        except Suspended as suspended:
            if not isinstance(suspended.outcome, Blocked):
                raise
            failed.append({**suspended.outcome.incident, "kind": "COMPENSATION_FAILED"})
    return RolledBack(failed)


def _code_of(step: Recorded) -> StepDefinition[..., Any]:
    """The undone step in today's code."""
    code = definition.steps.get(step.ref or "")
    if code is None or code.undo is None:
        raise DefinitionError(
            f"The undo {step.undo} of {step.name} is no longer in the code ({step.ref}); put it back."
        )
    return code


class UndoRunner(StepRunner):
    """An undo is a step: it is given what it declares of the undone step's input, and its output (None if unknown)."""

    completed = EventType.SAGA_COMPENSATION

    def __init__(self, turn: Turn, step: Recorded, code: StepDefinition[..., Any]) -> None:
        assert code.undo is not None
        given = {**(step.staff_input or step.input), "output": step.output}
        raw = {name: given[name] for name in code.undo.parameters.names if name in given}
        command = StepCommand(code.undo, step.position, f"{code.undo.name}#{step.position}", raw, None)
        super().__init__(turn, command)
        self.undone = step.position
        self.original_key = step.idempotency_key

    def seal(self) -> JSON:
        return {"undo": self.step.name, "undone_step": self.turn.history.commands[self.command.position].name}

    def perform(self) -> None:
        """What staff waived or did by hand is concluded; what failed for good is left to staff."""
        self.turn.before_command()
        super().perform()
        if self.recorded is not None and self.recorded.error is not None:
            raise Suspended(self._blocked())

    def _blocked(self) -> Blocked:
        error = (self.recorded.error if self.recorded else None) or {}
        return Blocked(
            {
                "kind": "COMPENSATION_FAILED",
                "step_key": self.command.step_key,
                "message": f"{self.command.step_key}: {error.get('type')}: {error.get('message')}",
                "signature": f"{self.step.name}:{error.get('signature')}",
                **self.place,
            }
        )


class KeyCloser(StepRunner):
    """Makes an attempt's outcome known, so that nothing can still happen under its key after the undo."""

    def close(self) -> None:
        while (step := self.recorded) is not None and saga.needs_closing(step):
            if step.latest is Attempt.RUNNING:
                self._note_orphan()
            elif step.next_attempt_at is not None and self.turn.now() < step.next_attempt_at:
                raise Suspended(Parked((), step.next_attempt_at, standing=True))
            elif self._given_up(step):
                self._ask_staff(AskStaff("OUTCOME_UNKNOWN", "Its key could not be closed; find out what happened."))
            else:
                self._close_once(step)

    def _given_up(self, step: Recorded) -> bool:
        """Closing has a time of its own: the look-ups before the rollback may have used up theirs."""
        limit, began = self.step.reconcile_policy.maximum_duration, self.turn.history.compensating_at
        if limit is None or began is None or step.unknown_since is None:
            return False
        pause = self.step.recheck_after or timedelta(0)
        return self.turn.now() - max(began, step.unknown_since) > limit + pause

    def _close_once(self, step: Recorded) -> None:
        number = step.reconciles + 1
        self.turn.flush()
        if self.step.atomic:
            self._refused("An atomic step that did not commit left nothing behind.")
        elif self.step.close_key is not None:
            self._conclude(self.ask(self.step.close_key), number)
        elif self.step.recheck_after is not None and self.step.reconcile is not None:
            self._recheck(self.ask(self.step.reconcile), number, self.step.recheck_after)
        elif self.step.at_most_once:
            self._ask_staff(AskStaff("OUTCOME_UNKNOWN", "It may have happened and must not be repeated; find out."))
        else:
            self._repeat(step)

    def _conclude(self, answer: Reconciliation, number: int) -> None:
        if answer.outcome == "NOT_DONE":
            self._refused("The key is closed: nothing was done under it.")
        else:
            self.heed(answer, number, self.step.reconcile_policy)

    def _recheck(self, answer: Reconciliation, number: int, pause: timedelta) -> None:
        """NOT_DONE is believed the second time, and not before the pause is over: the call may still be on its way."""
        step, began = self.recorded, self.turn.history.compensating_at
        assert step is not None
        assert began is not None
        left = max(began, step.unknown_since or began) + pause - self.turn.now()
        if answer.outcome == "NOT_DONE" and (number == 1 or left > timedelta(0)):
            self._schedule(pause if number == 1 else left, reconcile=number)
        else:
            self._conclude(answer, number)

    def _repeat(self, step: Recorded) -> None:
        """The same call under the same key: its answer is the outcome. One that breaks off again stays unknown."""
        self._attempt(Begin(step.attempt + 1, step.generation))
        if saga.needs_closing(step):
            number = step.reconciles + 1
            delay = self.step.reconcile_policy.delay(number, self.turn.surroundings.chance())
            self._schedule(delay, reconcile=number)

    def outcome_of(self, error: BaseException) -> Attempt:
        return Attempt.REFUSED if isinstance(error, Refused) else Attempt.UNKNOWN

    def _refused(self, message: str) -> None:
        assert self.recorded is not None
        error = {"type": "Refused", "message": message, "signature": "key-closed"}
        payload = {"attempt": self.recorded.attempt, "outcome": Attempt.REFUSED, "error": error, "counts": False}
        self.turn.record(
            NewEvent(EventType.STEP_FAILED, {**self.place, **payload, "final": True}, self.command.step_key)
        )
