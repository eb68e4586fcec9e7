"""Judging an action against a machine's table: the one rule for the front door and for the turn."""

from __future__ import annotations

from enum import Enum
from typing import Any

from workflow.core.machine import Actor, Machine


class Verdict(Enum):
    ACCEPT = "ACCEPT"
    EARLY = "EARLY"  # a provider's message whose state is still to come: it waits
    IGNORE = "IGNORE"  # a provider's message that fits nothing: recorded as ignored, never refused
    REFUSE = "REFUSE"  # 409, and no event


def judge(
    machine: type[Machine], state: str, action: str, actor: str, admitted_state: str | None, *, ended: bool = False
) -> Verdict:
    """`admitted_state` is where the instance stood when the action was admitted; it binds everybody but providers."""
    provider = actor == Actor.PROVIDER
    if ended:
        return Verdict.IGNORE if provider else Verdict.REFUSE
    stale = not provider and admitted_state is not None and admitted_state != state
    if machine.find(state, action, actor) is not None and not stale:
        return Verdict.ACCEPT
    if provider:
        return Verdict.EARLY if machine.reaches(state, action, actor) else Verdict.IGNORE
    return Verdict.REFUSE


def refusal(machine: type[Machine], state: str, action: str) -> dict[str, Any]:
    """The stored answer of a refused action; its sentence says what is possible now."""
    possible = sorted({str(t.action) for t in machine.actions(state)}) if state else []
    now = ", ".join(possible) or "nothing"
    return {
        "status": "refused",
        "code": "action-not-possible",
        "state": state,
        "possible": possible,
        "detail": f"Action {action} is not possible in {state}; possible now: {now}.",
    }
