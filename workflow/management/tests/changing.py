"""Definitions that change under their instances, for the tests of replay."""

from __future__ import annotations

from collections.abc import Callable

from workflow import Run, StepContext, step, workflow
from workflow.core.definition import Definition
from workflow.core.registry import registry

Code = Callable[[Run, int], int]
calls: list[str] = []


@step
def undo_add(ctx: StepContext, *, number: int) -> None:
    calls.append("undo")


@step(undo=undo_add)
def add(ctx: StepContext, *, number: int) -> int:
    calls.append("add")
    return number + 1


@step
def double(ctx: StepContext, *, number: int) -> int:
    calls.append("double")
    return number * 2


def deploy(code: Code) -> Definition[int, int]:
    """This code is `changing` version 1 from now on."""
    registry._definitions.clear()
    made: Definition[int, int] = workflow(name="changing", timeout=None)(code)
    return made


def original(run: Run, number: int) -> int:
    number = run.step(add, number=number)
    number = run.step(double, number=number)
    signal = run.wait_for("go")
    assert signal is not None
    return run.step(add, number=number)


def swapped(run: Run, number: int) -> int:
    number = run.step(double, number=number)
    number = run.step(add, number=number)
    run.wait_for("go")
    return number
