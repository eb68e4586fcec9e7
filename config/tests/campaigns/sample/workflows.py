"""What the workers of the campaigns drive. The input is a folder: traces are kept in it, and gates are files in it.

A trace is a line `key pid token`, appended in one write: what an external provider would have seen of a step.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import Group

from workflow import Run, StepContext, step, workflow

TRACES = "traces"
GATE = "gate"
PATIENCE = timedelta(seconds=120)
SHORT = timedelta(seconds=1)


def leave_trace(ctx: StepContext, folder: str) -> None:
    with (Path(folder) / TRACES).open("ab", buffering=0) as traces:
        traces.write(f"{ctx.idempotency_key} {os.getpid()} {ctx.token}\n".encode())


def await_gate(folder: str) -> None:
    while not (Path(folder) / GATE).exists():
        time.sleep(0.02)


@step
def note(ctx: StepContext, *, folder: str) -> int:
    """An external step."""
    leave_trace(ctx, folder)
    return ctx.attempt


@step
def rest(ctx: StepContext, *, seconds: float) -> float:
    """An external step that takes its time."""
    time.sleep(seconds)
    return seconds


@step(atomic=True)
def keep(ctx: StepContext) -> int:
    """An atomic step: its row names the token it was written under."""
    return Group.objects.create(name=f"{ctx.instance_id}:{ctx.step_key}:{ctx.token}").pk


@step(timeout=PATIENCE)
def hold(ctx: StepContext, *, folder: str) -> int:
    """An external step that ends when the gate opens."""
    leave_trace(ctx, folder)
    await_gate(folder)
    return ctx.attempt


@step(timeout=PATIENCE, atomic=True)
def hold_row(ctx: StepContext, *, folder: str) -> int:
    """An atomic step that ends when the gate opens, with its row written before."""
    row = Group.objects.create(name=f"{ctx.instance_id}:{ctx.step_key}:{ctx.token}")
    leave_trace(ctx, folder)
    await_gate(folder)
    return row.pk


@step(timeout=SHORT)
def overrun(ctx: StepContext, *, folder: str) -> int:
    """The first attempt runs past its deadline."""
    leave_trace(ctx, folder)
    if ctx.attempt == 1:
        await_gate(folder)
    return ctx.attempt


@step
def kill_the_worker(ctx: StepContext, *, folder: str) -> None:
    """Poison."""
    leave_trace(ctx, folder)
    os.kill(os.getpid(), signal.SIGKILL)


@workflow(name="campaign-load", timeout=None)
def load(run: Run, folder: str) -> int:
    """External and atomic steps in turn, a timer between them."""
    for _ in range(3):
        run.step(note, folder=folder)
        run.step(rest, seconds=0.05)
        run.step(keep)
    run.sleep(timedelta(seconds=0.1))
    run.step(note, folder=folder)
    return 3


@workflow(name="campaign-held", timeout=None)
def held(run: Run, folder: str) -> int:
    """Stands inside an external step until the gate opens."""
    run.step(note, folder=folder)
    attempt = run.step(hold, folder=folder)
    run.step(keep)
    run.step(note, folder=folder)
    return attempt


@workflow(name="campaign-held-row", timeout=None)
def held_row(run: Run, folder: str) -> int:
    """Stands inside an atomic step until the gate opens."""
    run.step(note, folder=folder)
    run.step(hold_row, folder=folder)
    run.step(note, folder=folder)
    return 1


@workflow(name="campaign-overrun", timeout=None)
def overrunning(run: Run, folder: str) -> int:
    """Its first attempt is overtaken by its deadline."""
    return run.step(overrun, folder=folder)


@workflow(name="campaign-poison", timeout=None)
def poison(run: Run, folder: str) -> None:
    """Whoever drives it dies."""
    run.step(note, folder=folder)
    run.step(kill_the_worker, folder=folder)


DEFINITIONS = (load, held, held_row, overrunning, poison)
