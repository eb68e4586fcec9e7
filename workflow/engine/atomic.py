"""Atomic steps: the business rows and the checkpoint are one commit on the `default` connection."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db import Error as DjangoDatabaseError
from psycopg.errors import DeadlockDetected, SerializationFailure

from workflow.core.codec import Codec
from workflow.core.events import JSON, EventType, NewEvent
from workflow.engine.connection import LOST_CONNECTION, TRANSIENT
from workflow.engine.database_away import database_went_away
from workflow.engine.journal import Receipt, Written, landed

if TYPE_CHECKING:
    from workflow.engine.steps import StepRunner

MESSAGE_BODY = Codec(dict[str, Any])


class EngineTrouble(Exception):
    """Deadlock, serialization failure or lost connection in an atomic step: the engine's own, the whole is repeated."""


def _is_engine_trouble(error: BaseException, *, ours: bool) -> bool:
    """`ours`: the author's code had ended. A lock or a statement that timed out in it is a failure of the attempt:
    repeated outside its policy, it would be repeated for ever."""
    causes = [error, error.__cause__]
    if any(isinstance(cause, (DeadlockDetected, SerializationFailure)) for cause in causes):
        return True
    if ours:
        return any(isinstance(cause, (*TRANSIENT, *LOST_CONNECTION)) for cause in causes)
    return database_went_away(error)


def commit_with_rows(runner: StepRunner, own: JSON) -> None:
    turn = runner.turn
    messages: list[NewEvent] = []

    def publish(topic: str, body: Mapping[str, Any]) -> None:
        payload = {"topic": topic, "body": MESSAGE_BODY.dump(dict(body)), "step": runner.command.step_key}
        messages.append(NewEvent(EventType.MESSAGE_PUBLISHED, payload, runner.command.step_key))

    checkpoint, receipt, events = None, Receipt(Written.YES), list[NewEvent]()
    with ExitStack() as held:  # from the checkpoint until the turn knows of it, parallel siblings write nothing
        try:
            with transaction.atomic(using=DEFAULT_DB_ALIAS):
                output = runner.call(own, publish=publish)
                held.enter_context(turn.lock)
                payload = {**runner.place, **own, "output": output, **runner.seal()}
                events = [NewEvent(runner.completed, payload, runner.command.step_key), *messages]
                for event in events:
                    event.created_at = turn.now()
                checkpoint = turn.checkpoint(
                    [*turn.pending, *events], turn.settle
                )  # what siblings left unwritten rides
                receipt = turn.surroundings.write_here(checkpoint)
                if receipt.written is not Written.YES:
                    turn.accept(checkpoint, receipt)
        except (DjangoDatabaseError, psycopg.Error) as error:
            if not _is_engine_trouble(error, ours=checkpoint is not None):
                raise
            if checkpoint is None or not landed(checkpoint):
                raise EngineTrouble(str(error)) from error
        assert checkpoint is not None
        turn.committed(checkpoint, receipt, events)
