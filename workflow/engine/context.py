"""What a step is told of its attempt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflow.core.definition import StepContext
from workflow.core.events import JSON
from workflow.core.ports import StepCommand

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

Publish = Callable[[str, Mapping[str, Any]], None]


def context_of(
    turn: Turn, command: StepCommand, intent: JSON, publish: Publish, original_key: str | None
) -> StepContext:
    deadline = datetime.fromisoformat(intent["deadline_at"])
    return StepContext(
        instance_id=turn.lease.id,
        step_key=command.step_key,
        attempt=intent["attempt"],
        idempotency_key=intent["key"],
        deadline=deadline,
        token=turn.lease.token,
        correlation_id=turn.lease.correlation_id,
        seconds_left=lambda: max((deadline - turn.now()).total_seconds(), 0.0),
        publish=publish,
        original_key=original_key,
    )


def refuse_publish(topic: str, _body: Mapping[str, Any]) -> None:
    raise TypeError(f"ctx.publish({topic!r}) belongs to atomic steps; from the workflow use run.publish.")
