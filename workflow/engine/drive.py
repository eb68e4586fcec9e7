"""Driving a turn to its outcome. Read `take_turn`: drive, write the outcome; again if the inbox grew meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from workflow.core.definition import Definition
from workflow.core.errors import (
    ApplicationFailure,
    ChildFailed,
    DefinitionError,
    Divergence,
    Fenced,
    Released,
    StepFailed,
    Suspended,
    UnknownDefinition,
)
from workflow.core.machine import Ended
from workflow.core.outcome import Blocked, Failed, Finished, Outcome
from workflow.core.registry import registry
from workflow.core.run import Run
from workflow.engine import settlement, telemetry
from workflow.engine.committer import PoisonedCheckpoint
from workflow.engine.connection import LOST_CONNECTION
from workflow.engine.failures import RAISED, error_of
from workflow.engine.lease import Lease
from workflow.engine.rollback import roll_back
from workflow.engine.surroundings import Surroundings
from workflow.engine.turn import Turn

log = structlog.get_logger(__name__)


def take_turn(lease: Lease, surroundings: Surroundings) -> None:
    """Drive the instance until its outcome is durable, or the lease is lost. Raises nothing of the instance's own."""
    try:
        definition = registry.get(lease.workflow, lease.version)
    except UnknownDefinition as error:
        settlement.give_back_unknown(lease, str(error))
        return
    turn = Turn(lease, definition, surroundings)
    surroundings.begin(turn)
    try:
        while not _once(turn):
            pass
    except (Fenced, Released) as lost:
        log.info("turn given up", instance=lease.id, token=lease.token, reason=str(lost) or type(lost).__name__)
    finally:
        turn.over = True
        if turn.birth is not None:
            turn.birth.resolve(Released("the turn ended before its first write"))
        surroundings.end(turn)


def _once(turn: Turn) -> bool:
    """One drive and its checkpoint; False when the inbox grew and the turn must look again."""
    telemetry.count("turns")
    try:
        outcome = outcome_of(turn)
        return settlement.settle(turn, outcome)
    except (Released, *LOST_CONNECTION) as released:
        return settlement.release(turn, str(released))
    except PoisonedCheckpoint as poison:
        return settlement.block_poisoned(turn, poison)


def outcome_of(turn: Turn) -> Outcome:
    """Drive the code (or, once the rollback began, the undos) and tell why it stopped."""
    if turn.history.status == "COMPENSATING":
        return _caught(turn, lambda: roll_back(turn))
    return _caught(turn, lambda: _drive(turn, turn.definition))


def _drive(turn: Turn, definition: Definition[Any, Any]) -> Outcome:
    run = Run(definition=definition, instance=turn.lease.facts(), history=turn.history, effects=turn)
    turn.run = run
    try:
        value = definition.drive(run, definition.input.load(turn.history.input))
    except Suspended:
        run.suspend()
        raise
    run.finished()
    if isinstance(value, Ended):
        return Finished({"state": value.state}, value.reason)
    return Finished(definition.result.dump(value))


def _caught(turn: Turn, drive: Callable[[], Outcome]) -> Outcome:
    try:
        return drive()
    except Suspended as suspended:
        outcome: Outcome = suspended.outcome  # type: ignore[assignment]
        return outcome
    except (StepFailed, ApplicationFailure, ChildFailed) as failure:
        return Failed(_failure(failure))
    except Divergence as divergence:
        return Blocked(_diverged(turn, divergence))
    except (Fenced, Released, PoisonedCheckpoint):
        raise
    except LOST_CONNECTION as lost:
        raise Released(f"The connection was lost: {lost}".strip()) from lost
    except RAISED as bug:  # a bug in workflow code blocks this instance alone
        log.exception("workflow code raised", instance=turn.lease.id, workflow=turn.lease.workflow)
        return Blocked(_bug(bug))


def _failure(error: StepFailed | ApplicationFailure | ChildFailed) -> dict[str, object]:
    match error:
        case StepFailed():
            return {"type": "STEP_FAILED", "message": error.message, "step_key": error.step_key, "error": error.error}
        case ApplicationFailure():
            return {"type": error.type, "message": error.message, "details": error.data}
        case ChildFailed():
            return {"type": "CHILD_FAILED", "message": error.message, "child_id": error.child_id}


def _bug(bug: BaseException) -> dict[str, object]:
    described = error_of(bug)
    kind = "MISSING_DEFINITION" if isinstance(bug, (DefinitionError, UnknownDefinition)) else "WORKFLOW_BUG"
    message = f"{described['type']}: {described['message']}"
    return {"kind": kind, "message": message, "signature": described["signature"], "details": described}


def _diverged(turn: Turn, divergence: Divergence) -> dict[str, object]:
    """What diverged was found before any effect; nothing of this drive is written but the incident."""
    turn.forget_unwritten()
    details = {
        "position": divergence.position,
        "expected": divergence.expected,
        "found": divergence.found,
        "sequence_number": divergence.sequence_number,
    }
    signature = f"divergence:{turn.lease.workflow}:{turn.lease.version}:{divergence.expected}"
    return {"kind": "DIVERGENCE", "message": divergence.message, "signature": signature, "details": details}
