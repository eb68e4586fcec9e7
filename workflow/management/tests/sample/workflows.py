"""What the worker processes of the tests drive."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from workflow import RetryPolicy, Run, StepContext, step, workflow

PARKED_BACKOFF = RetryPolicy(initial_interval=timedelta(seconds=1.1), jitter=0.0)


@step
def add_one(ctx: StepContext, *, number: int) -> int:
    return number + 1


@step
def rest(ctx: StepContext, *, seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@step(retry=PARKED_BACKOFF)
def fail_once(ctx: StepContext) -> int:
    if ctx.attempt == 1:
        raise RuntimeError("the first attempt fails")
    return ctx.attempt


@step(timeout=timedelta(seconds=0.2), retry=RetryPolicy(maximum_attempts=1))
def stick(ctx: StepContext, *, until: str) -> bool:
    while not Path(until).exists():
        time.sleep(0.02)
    return True


@workflow(name="sample-count")
def count(run: Run, number: int) -> int:
    for _ in range(3):
        number = run.step(add_one, number=number)
    return number


@workflow(name="sample-wait")
def wait(run: Run, seconds: float) -> int:
    """A timer, then a retry that parks."""
    run.sleep(timedelta(seconds=seconds))
    return run.step(fail_once)


@workflow(name="sample-long")
def long(run: Run, steps: int) -> int:
    for _ in range(steps):
        run.step(rest, seconds=0.1)
    return steps


@workflow(name="sample-stuck")
def stuck(run: Run, until: str) -> bool:
    return run.step(stick, until=until)
