"""The graph of a definition: what the admin draws, operators query, and a later deployment is compared with."""

from __future__ import annotations

from typing import Any

from workflow.core.definition import Definition, StepDefinition
from workflow.core.machine import Transition


def graph_of(definition: Definition[Any, Any]) -> dict[str, Any]:
    """States and transitions of a machine; for a durable function only its name and time limit."""
    machine = definition.machine
    if machine is None:
        seconds = definition.timeout.total_seconds() if definition.timeout is not None else None
        return {"kind": "function", "timeout_seconds": seconds, "signals": sorted(definition.signals)}
    return {
        "kind": "machine",
        "initial": str(machine.initial),
        "states": machine.states(),
        "rejecting": sorted(str(state) for state in machine.rejecting),
        "transitions": [_arrow(transition) for transition in machine.transitions],
    }


def _arrow(transition: Transition) -> dict[str, Any]:
    step = transition.step
    return {
        "from": str(transition.source),
        "action": str(transition.action) if transition.action is not None else None,
        "to": str(transition.to),
        "actors": sorted(str(actor) for actor in transition.actors) if transition.action is not None else [],
        "auto": transition.auto,
        "after_seconds": transition.after.total_seconds() if transition.after is not None else None,
        "background": transition.background,
        "step": step.name if step is not None else None,
        "guard": getattr(transition.guard, "__name__", None) if transition.guard is not None else None,
        "max_retries": _retries(step),
        "timeout_seconds": step.timeout.total_seconds() if step is not None and step.timeout is not None else None,
        "compensation": step.undo.name if step is not None and step.undo is not None else None,
    }


def _retries(step: StepDefinition[..., Any] | None) -> int | None:
    if step is None or step.retry is None or step.retry.maximum_attempts is None:
        return None
    return step.retry.maximum_attempts - 1
