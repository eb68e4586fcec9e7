"""A machine with four states, and the ways to bring an instance there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workflow import Machine, Run, Transition, client
from workflow.client import Actor
from workflow.models import WorkflowEvent
from workflow.testing import Send, drive

HOUR = timedelta(hours=1)

STATES = ["NEW", "CHECKING", "APPROVED", "DONE"]


def remember(run: Run, data: dict[str, int]) -> dict[str, int]:
    return {"seen": data.get("number", 0)}


def a_machine() -> type[Machine]:
    class Review(Machine):
        name, version, initial = "review", 1, "NEW"
        transitions = [
            Transition("NEW", "NEXT", "CHECKING", do=remember),
            Transition("CHECKING", "APPROVE", "APPROVED", actors={Actor.PROVIDER}),
            Transition("CHECKING", "NEXT", "CHECKING"),
            Transition("APPROVED", "FINISH", "DONE", actors={Actor.STAFF, Actor.USER}),
        ]

    return Review


WAY = [
    Send("NEXT", {"number": 7}),
    Send("APPROVE", actor=Actor.PROVIDER),
    Send("FINISH", actor=Actor.STAFF),
]


def brought_to(machine: type[Machine], state: str) -> str:
    return drive(machine, {}, *WAY[: STATES.index(state)]).instance_id


def act(instance: str, action: str, actor: Actor = Actor.USER, **more: Any) -> client.ActionResult:
    return client.act(instance_id=instance, action=action, actor=actor, **more)


def events(instance: str) -> int:
    return WorkflowEvent.objects.filter(instance_id=instance).count()
