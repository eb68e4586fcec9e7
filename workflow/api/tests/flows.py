"""A machine that can be undone, and a function that has a bug: enough for every staff command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from workflow import Actor, Machine, Run, StepContext, Transition, step, workflow


class Parcel(BaseModel):
    """What is sent, to whom."""

    number: str
    recipient: str = "Ada Lindqvist"


class Handover(BaseModel):
    """Who took it."""

    courier: str


@step(name="CALL_BACK")
def call_back(ctx: StepContext, *, number: str, output: str | None) -> None:
    """The parcel comes home."""


@step(undo=call_back)
def post_parcel(ctx: StepContext, *, number: str) -> str:
    return f"tracked {number}"


def send(run: Run, data: Handover) -> dict[str, Any]:
    return {"tracking": run.step(post_parcel, number=run.input.number), "courier": data.courier}


class Delivery(Machine):
    """PACKED, SENT, ARRIVED; or LOST."""

    name = "parcel"
    version = 1
    initial = "PACKED"
    input = Parcel
    business_key = staticmethod(lambda parcel: f"parcel:{parcel.number}")  # type: ignore[assignment]
    changes = {"tracking": 2}
    transitions = [
        Transition("PACKED", "SEND", "SENT", do=send),
        Transition("SENT", "ARRIVE", "ARRIVED", actors={Actor.PROVIDER}),
        Transition("SENT", after=timedelta(days=7), to="LOST"),
    ]


@workflow(name="broken", version=1)
def broken(run: Run, request: Parcel) -> str:
    raise RuntimeError("a bug in the workflow's code")
