"""Staff commands about one step that stands in an incident: retry it (with another input), complete it, skip it."""

from __future__ import annotations

from typing import Any

from workflow.core import definition, saga
from workflow.core.definition import StepDefinition
from workflow.core.errors import CodecError, InvalidInput, NotPossibleNow
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.history import History
from workflow.core.recorded import Attempt, Recorded
from workflow.engine.frontdoor import Locked, append, now_for
from workflow.engine.journal import Settle
from workflow.engine.staff import Command, blocked_step, grant, history_of, unblocked

E = EventType


def _find(history: History, step_key: str) -> tuple[JSON, Recorded]:
    """The step (or undo) of this key, and how events name it."""
    for position, recorded in history.commands.items():
        if recorded.name == step_key:
            return {"position": position}, recorded
    for position, recorded in history.undos.items():
        if recorded.name == step_key:
            return {"undone": position}, recorded
    raise InvalidInput(f"No step {step_key} has begun; begun: {', '.join(sorted(_keys(history))) or 'none'}.")


def _keys(history: History) -> set[str]:
    return {recorded.name for recorded in (*history.commands.values(), *history.undos.values()) if recorded.attempt}


def _waits_for_staff(row: Locked) -> None:
    if not row.in_incident:
        raise NotPossibleNow("It does not stand in an incident.")


def retry_step(command: Command, step_key: str | None, edited: Any) -> None:
    """New attempts for the step that stands in an incident; with an edited input under a new key."""

    def work(row: Locked) -> None:
        _waits_for_staff(row)
        history = history_of(row)
        place = blocked_step(row) if step_key is None else {**_find(history, step_key)[0], "step_key": step_key}
        if place is None:
            raise InvalidInput("The incident is about no step; use resume.")
        more = {}
        recorded = history.step(place, str(place["step_key"]), 0)
        if recorded.latest is Attempt.COMPLETED:
            raise NotPossibleNow(f"{place['step_key']} has completed already.")
        if edited is not None:
            if saga.needs_closing(recorded):
                raise NotPossibleNow(
                    "Its last attempt may have taken effect: its input cannot be edited before that is known."
                )
            more["input"] = _valid(recorded, "input", edited)
        append(row, [grant(command, history, place, **more), *unblocked(command, row)], _due_again(row))

    command.carry_out(work)


def _due_again(row: Locked) -> Settle:
    status = "COMPENSATING" if row.status == "COMPENSATION_FAILED" else row.status
    return row.facts(status=status, wake_at=now_for(row), waiting_for=None)


def _code(recorded: Recorded) -> StepDefinition[..., Any] | None:
    return definition.steps.get(recorded.ref or "")


def _as_completed(code: StepDefinition[..., Any], *, skipped: bool) -> JSON:
    """What a completion by the step itself would say: how it is undone, and that there is no way back."""
    said: JSON = {"ref": code.ref}
    if code.undo is not None and not (skipped and code.atomic):  # an atomic step that was skipped left nothing
        said["undo"] = code.undo.name
    if code.pivot and not skipped:
        said["pivot"] = True
    return said


def _valid(recorded: Recorded, what: str, value: Any) -> Any:
    """The value in the step's own type, if this process has its code."""
    code = _code(recorded)
    if code is None:
        return value
    try:
        if what == "input":
            return code.parameters.dump((), code.parameters.load(value))
        return code.output.dump(code.output.accept(value))
    except CodecError as error:
        raise InvalidInput(error.message) from error


def complete_step(command: Command, step_key: str, output: Any, *, verb: str = "COMPLETE_STEP") -> None:
    """Staff say what the step's result is; the instance goes on from there."""

    def work(row: Locked) -> None:
        _waits_for_staff(row)
        history = history_of(row)
        place, recorded = _find(history, step_key)
        if recorded.concluded and recorded.error is None:
            raise NotPossibleNow(f"{step_key} has completed already.")
        value = _valid(recorded, "output", output) if "position" in place else output
        before = {"latest": recorded.latest, "error": recorded.error}
        note = command.event(verb, **place, step_key=step_key, before=before, after={"output": value})
        payload = {**place, "attempt": recorded.attempt, "output": value, "by_staff": command.actor_id}
        kind = E.STEP_COMPLETED if "position" in place else E.SAGA_COMPENSATION
        if "undone" in place:
            payload["undo"] = step_key.rsplit("#", 1)[0]
        elif (code := _code(recorded)) is not None:
            payload |= _as_completed(code, skipped=verb != "COMPLETE_STEP")
        done = NewEvent(kind, payload, step_key, "STAFF", command.actor_id)
        more = [NewEvent(E.COMPENSATING, {"failure": row.failure})] if row.status == "COMPENSATION_FAILED" else []
        append(row, [note, done, *unblocked(command, row), *more], _due_again(row))

    command.carry_out(work)
