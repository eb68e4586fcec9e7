"""The workflow that is measured: three steps that each return a number, external steps as they come."""

from __future__ import annotations

from pydantic import BaseModel

from workflow import NOTHING_TO_UNDO, Run, StepContext, step, workflow


class Number(BaseModel):
    value: int


@step(undo=NOTHING_TO_UNDO)
def add_one(ctx: StepContext, *, value: int) -> int:  # noqa: ARG001
    return value + 1


@workflow(name="bench-three-steps", version=1)
def three_steps(run: Run, request: Number) -> int:
    value = request.value
    for _ in range(3):
        value = run.step(add_one, value=value)
    return value
