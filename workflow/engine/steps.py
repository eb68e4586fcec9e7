"""Carrying out a step: intent, call, end; retries, look-ups and waits as `core.attempts.next_move` decides.

An atomic step has no intent: its events are the last statement of its own transaction. An external step's intent is
durable before the call, and its end rides with the next checkpoint.
"""

from __future__ import annotations

import traceback
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workflow.conf import conf
from workflow.core import attempts
from workflow.core.attempts import next_move
from workflow.core.definition import Reconciliation, StepContext
from workflow.core.errors import CodecError, Fenced, Refused, Released, Suspended
from workflow.core.events import JSON, EventType, NewEvent
from workflow.core.outcome import Blocked, Parked
from workflow.core.ports import StepCommand
from workflow.core.recorded import Attempt, Recorded
from workflow.core.retry import RetryPolicy
from workflow.engine import telemetry
from workflow.engine.atomic import EngineTrouble, commit_with_rows
from workflow.engine.context import Publish, context_of, refuse_publish
from workflow.engine.database_away import release_without_database
from workflow.engine.failures import RAISED, error_of

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

BACKOFF_IN_THREAD_SECONDS_MAX = 1.0
ATOMIC_ATTEMPTS_MAX = 5


class StepRunner:
    """One step command until its record is concluded."""

    undone: int | None = None  # the position of the step this undoes
    completed = EventType.STEP_COMPLETED

    def __init__(self, turn: Turn, command: StepCommand) -> None:
        self.turn = turn
        self.command = command
        self.step = command.step
        self.policy = self.step.retry or RetryPolicy(maximum_attempts=conf.max_retries + 1)
        if self.policy.maximum_attempts is None and self.policy.maximum_duration is None:
            self.policy = replace(self.policy, maximum_attempts=conf.max_retries + 1)
        self._failure: NewEvent | None = None

    # -- the loop ------------------------------------------------------------------------------------------------------

    def perform(self) -> None:  # noqa: C901  one line for each kind of move
        while not (self.recorded and self.recorded.concluded):
            move = next_move(self.step, self.policy, self.recorded, self.turn.now())
            match move:
                case attempts.Begin():
                    self._attempt(move)
                case attempts.NoteOrphan():
                    self._note_orphan()
                case attempts.LookUp():
                    self._look_up(move.number)
                case attempts.Schedule():
                    self._schedule(self.policy.delay(move.failures, self.turn.surroundings.chance()))
                case attempts.WaitUntil():
                    self._wait(move)
                case attempts.GiveUp():
                    self._give_up()
                case attempts.AskStaff():
                    self._ask_staff(move)

    @property
    def recorded(self) -> Recorded | None:
        if self.undone is not None:
            return self.turn.history.undos.get(self.undone)
        return self.turn.history.commands.get(self.command.position)

    @property
    def place(self) -> JSON:
        """How the events of this step say whose they are."""
        return {"position": self.command.position} if self.undone is None else {"undone": self.undone}

    def _record(self, kind: EventType, payload: JSON, aux: JSON | None = None, at: datetime | None = None) -> NewEvent:
        event = NewEvent(kind, {**self.place, **payload}, self.command.step_key, aux=aux, created_at=at)
        self.turn.record(event)
        return event

    # -- one attempt ---------------------------------------------------------------------------------------------------

    def _attempt(self, begin: attempts.Begin) -> None:
        started_at = self.turn.now()
        timeout = self.step.timeout if self.step.timeout is not None else conf.default_timeout
        intent: JSON = {
            "attempt": begin.attempt,
            "generation": begin.generation,
            "input": self.input,
            "key": f"{self.turn.lease.id}:{self.command.step_key}:{begin.generation}",
            "deadline_at": (started_at + timeout).isoformat(),
            "ref": self.step.ref,
        }
        if self.step.undo is not None:
            intent["undo"] = self.step.undo.name
        if self.step.atomic:
            self._atomic_attempt(intent, started_at, timeout)
        else:
            self._external_attempt(intent, started_at, timeout)

    def _late(self, intent: JSON) -> NewEvent:
        """What is recorded when this attempt runs past its deadline. Fenced: its commit came in before that."""
        if self.recorded is not None and self.recorded.concluded:
            raise Fenced("it has ended")
        error = {
            "type": "DeadlineExceeded",
            "message": "The attempt ran past its deadline.",
            "signature": "DeadlineExceeded",
        }
        payload = {**self.place, "attempt": intent["attempt"], "outcome": Attempt.TIMED_OUT, "error": error}
        if self.step.atomic:
            payload = {**intent, **payload}
        return NewEvent(EventType.STEP_FAILED, payload, self.command.step_key)

    @property
    def input(self) -> JSON:
        """What this attempt is called with: staff may have edited it; the first recorded input stays the identity."""
        if self.recorded is not None and self.recorded.staff_input is not None:
            edited: JSON = self.recorded.staff_input
            return edited
        return self.command.input

    def _external_attempt(self, intent: JSON, started_at: datetime, timeout: timedelta) -> None:
        self._only_while_alive()
        self._record(EventType.STEP_STARTED, intent, at=started_at)
        self.turn.flush()
        self._only_while_alive()
        try:
            with self.turn.surroundings.watch(self.turn, lambda: self._late(intent), timeout.total_seconds()):
                output = self.call(intent, publish=refuse_publish)
        except RAISED as error:  # whatever the author's code raises is an outcome of the attempt
            release_without_database(self, error)
            self._failed(error, intent)
            return
        self._completed(intent, output)

    def _only_while_alive(self) -> None:
        if not self.turn.surroundings.may_call_outside():
            raise Released("The last good heartbeat is too old to start an external call.")

    def call(self, intent: JSON, *, publish: Publish) -> Any:
        given = self.step.parameters.load(intent["input"])
        value = self.step.function(self.context(intent, publish), **given)
        return self.step.output.dump(value)

    def context(self, intent: JSON, publish: Publish) -> StepContext:
        return context_of(self.turn, self.command, intent, publish, self.original_key)

    original_key: str | None = None

    def _completed(self, intent: JSON, output: Any, **more: Any) -> None:
        self._record(self.completed, {"attempt": intent["attempt"], "output": output, **self.seal(), **more})

    def seal(self) -> JSON:
        return {"pivot": True} if self.step.pivot else {}

    # -- atomic steps --------------------------------------------------------------------------------------------------

    def _atomic_attempt(self, intent: JSON, started_at: datetime, timeout: timedelta) -> None:
        """Its rows and its checkpoint are one commit. A deadlock or lost connection repeats it, and is no attempt."""
        self.turn.flush()
        own = {**intent, "started_at": started_at.isoformat()}
        for last in (False,) * (ATOMIC_ATTEMPTS_MAX - 1) + (True,):
            try:
                with self.turn.surroundings.watch(self.turn, lambda: self._late(own), timeout.total_seconds()):
                    commit_with_rows(self, own)
            except EngineTrouble as trouble:
                if last:
                    raise Released(str(trouble)) from trouble
                continue
            except RAISED as error:  # whatever the author's code raises is an outcome of the attempt
                self._failed(error, own)
            return

    # -- failures ------------------------------------------------------------------------------------------------------

    def _failed(self, error: BaseException, intent: JSON) -> None:
        outcome = self.outcome_of(error)
        trace = {"traceback": "".join(traceback.format_exception(error)).replace("\x00", "")[-20_000:]}
        payload = {"attempt": intent["attempt"], "outcome": outcome, "error": error_of(error)}
        if self.step.atomic:
            payload = {**intent, **payload}
        self._failure = self._record(EventType.STEP_FAILED, payload, trace)
        telemetry.count(f"step_failures_{outcome}")

    def outcome_of(self, error: BaseException) -> Attempt:
        if isinstance(error, Refused):
            return Attempt.REFUSED
        unknown = self.step.reconcile is not None and not isinstance(error, CodecError)
        return Attempt.UNKNOWN if unknown else Attempt.FAILED

    def _note_orphan(self) -> None:
        assert self.recorded is not None
        outcome = Attempt.FAILED if self.step.atomic else Attempt.UNKNOWN
        error = {"type": "WorkerLost", "message": "The worker ended before the attempt did.", "signature": "WorkerLost"}
        payload = {"attempt": self.recorded.attempt, "outcome": outcome, "error": error, "counts": False}
        self._failure = self._record(EventType.STEP_FAILED, payload)

    def _schedule(self, delay: timedelta, **more: Any) -> None:
        assert self.recorded is not None
        next_attempt_at = (self.turn.now() + delay).isoformat()
        self._add_to_failure(next_attempt_at=next_attempt_at)  # the attempt's row tells it too
        payload = {"attempt": self.recorded.attempt, "next_attempt_at": next_attempt_at, **more}
        self._record(EventType.RETRY_SCHEDULED, payload)

    def _wait(self, move: attempts.WaitUntil) -> None:
        """A short backoff is waited in the thread, its failure committed; a longer one parks the instance."""
        seconds = (move.at - self.turn.now()).total_seconds()
        if seconds > BACKOFF_IN_THREAD_SECONDS_MAX:
            raise Suspended(Parked((), move.at, standing=move.standing))
        self.turn.flush()
        self.turn.surroundings.pause(seconds)
        self.turn.before_command()

    def _give_up(self) -> None:
        """The failure stands: marked on its own event while that is unwritten, else by one more."""
        assert self.recorded is not None
        if self._failure is not None and self._add_to_failure(final=True):
            self.recorded.concluded, self.recorded.at = True, self._failure.created_at
            return
        refused = self.recorded.latest is Attempt.REFUSED
        outcome = Attempt.REFUSED if refused else Attempt.FAILED
        payload = {"attempt": self.recorded.attempt, "outcome": outcome, "error": self.recorded.error}
        self._record(EventType.STEP_FAILED, {**payload, "final": True, "counts": False})

    def _add_to_failure(self, **more: Any) -> bool:
        """Say more in the latest failure's own event, while that is unwritten."""
        with self.turn.lock:
            unwritten = self._failure is not None and any(event is self._failure for event in self.turn.pending)
            if unwritten and self._failure is not None:
                self._failure.payload.update(more)
        return unwritten

    def _ask_staff(self, move: attempts.AskStaff) -> None:
        error = (self.recorded.error if self.recorded else None) or {}
        raise Suspended(
            Blocked(
                {
                    "kind": move.kind,
                    "step_key": self.command.step_key,
                    "message": f"{self.command.step_key}: {move.message}",
                    "signature": f"{self.step.name}:{error.get('signature', move.kind)}",
                    **self.place,
                }
            )
        )

    # -- unknown outcomes ----------------------------------------------------------------------------------------------

    def _look_up(self, number: int) -> None:
        """Ask the other side. DONE completes the step; NOT_DONE lets it be repeated under the same key."""
        assert self.recorded is not None
        assert self.step.reconcile is not None
        self.turn.flush()
        answer = self.ask(self.step.reconcile)
        self.heed(answer, number, self.step.reconcile_policy)

    def ask(self, function: Any) -> Reconciliation:
        """Call a look-up; one that raises could not tell."""
        assert self.recorded is not None
        timeout = self.step.timeout if self.step.timeout is not None else conf.default_timeout
        key = self.recorded.idempotency_key or ""
        intent = {"attempt": self.recorded.attempt, "key": key, "deadline_at": (self.turn.now() + timeout).isoformat()}
        answer = Reconciliation.unknown()
        self._only_while_alive()
        late = {**self.place, "attempt": self.recorded.attempt, "reconcile": self.recorded.reconciles + 1}
        late["next_attempt_at"] = intent["deadline_at"]
        event = NewEvent(EventType.RETRY_SCHEDULED, late, self.command.step_key)
        with suppress(*RAISED), self.turn.surroundings.watch(self.turn, lambda: event, timeout.total_seconds()):
            answer = function(self.context(intent, refuse_publish), **self.step.parameters.load(self.input))
        return answer

    def heed(self, answer: Reconciliation, number: int, policy: RetryPolicy) -> None:
        assert self.recorded is not None
        telemetry.count(f"reconciliations_{answer.outcome}")
        match answer.outcome:
            case "DONE":
                try:
                    output = self.step.output.dump(answer.value)
                except CodecError as error:
                    self._look_again(number, policy, error=error.message)
                    return
                self._completed({"attempt": self.recorded.attempt}, output, reconciled=True)
            case "NOT_DONE":
                delay = self.policy.delay(self.recorded.failures, 0.0) if self.recorded.failures else timedelta(0)
                self._schedule(delay, not_done=True)
            case _:
                self._look_again(number, policy)

    def _look_again(self, number: int, policy: RetryPolicy, **more: Any) -> None:
        self._schedule(policy.delay(number, self.turn.surroundings.chance()), reconcile=number, **more)
