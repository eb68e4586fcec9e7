"""Any interleaving of messages, staff commands, deaths of the process and passing time: every promise holds throughout.

Hypothesis makes up the story; each story is one instance, driven in the calling thread and crashed at arbitrary writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow import ApplicationFailure, Reconciliation, RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.client import Actor
from workflow.engine.connection import Mode
from workflow.models import Incident, Instance, WorkflowEvent
from workflow.testing import Crash, assert_replays
from workflow.testing.clock import current
from workflow.testing.driving import direct_host
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
LIVE_STEPS_MAX = 200
POLICY = RetryPolicy(initial_interval=timedelta(seconds=30), maximum_attempts=3)
ANN: dict[str, Any] = {"actor_id": "ann", "reason": "a story"}


def look_up(ctx: StepContext, *, amount: int) -> Reconciliation:
    return ledger.look_up(ctx.idempotency_key)


@step(name="UNDO")
def undo(ctx: StepContext, *, amount: int, output: int | None) -> None:
    ledger.reverse(ctx.original_key)


@step(undo=undo, retry=POLICY)
def pay(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(undo=undo, retry=POLICY, reconcile=look_up)
def pay_and_look(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def define() -> Any:
    @workflow(name="story", timeout=timedelta(minutes=10))
    def story(run: Run, amount: int) -> int:
        paid = run.step(pay, amount=amount)
        signal = run.wait_for("go", "fail", timeout=timedelta(hours=1))
        both = run.parallel(call(pay_and_look, amount=2), call(pay, amount=3))
        run.sleep(timedelta(minutes=1))
        if signal is not None and signal.name == "fail":
            raise ApplicationFailure("asked to", type="ASKED")
        second = run.wait_for("go", timeout=timedelta(hours=1))
        total: int = paid + sum(both)
        return total if second is None else total + 1

    return story


VERBS = ["drive", "go", "fail", "other", "cancel", "pause", "resume", "skip", "terminate", "compensate", "trouble"]
# What happens, and at which write after it the process dies.
STORIES = st.lists(st.tuples(st.sampled_from(VERBS), st.none() | st.integers(0, 12)), min_size=1, max_size=14)


class RollBack(Exception):
    """Every story begins with an empty database."""


@contextmanager
def story() -> Iterator[None]:
    began = current().now()
    ledger.clear()
    try:
        with transaction.atomic():
            Mode.depth += 1
            try:
                yield
            finally:
                Mode.depth -= 1
                direct_host().reach = lambda _: None
            raise RollBack
    except RollBack:
        current().turn_back_to(began)
        direct_host().die()


def dying_at(write: int | None) -> None:
    """The process dies at this write from now on."""
    seen = [0]

    def reach(point: str) -> None:
        seen[0] += 1
        if seen[0] - 1 == write:
            raise Crash(point)

    direct_host().reach = reach


def happen(instance: str, verb: str) -> None:
    match verb:
        case "drive":
            direct_host().take_one()
        case "go" | "fail" | "other":
            client.signal(instance_id=instance, name=verb, actor=Actor.USER)
        case "skip":
            current().skip(timedelta(minutes=20))
        case "trouble":
            ledger.troubles.extend(["AFTER", "BEFORE"])
        case _:
            getattr(client, verb)(instance_id=instance, **ANN)


def survive(instance: str, verb: str, write: int | None) -> None:
    dying_at(write)
    try:
        happen(instance, verb)
    except client.WorkflowError:
        pass  # a command that does not fit now is refused; that it changed nothing is seen below
    except Crash:
        direct_host().reach = lambda _: None
        direct_host().die()
    direct_host().reach = lambda _: None
    assert_sound(instance)


def assert_sound(instance: str) -> None:
    """What holds at every moment."""
    row = Instance.objects.get(pk=instance)
    numbers = list(
        WorkflowEvent.objects.filter(instance_id=instance)
        .order_by("sequence_number")
        .values_list("sequence_number", flat=True)
    )
    assert numbers == list(range(1, row.sequence_number + 1))
    is_open = Incident.objects.filter(instance_id=instance).exclude(status="RESOLVED").exists()
    assert is_open == ("INCIDENT" in (row.waiting_for or []))
    if row.finished_at is None:
        assert row.worker_id or row.wake_at or row.waiting_for or row.status == "PAUSED"
    assert_replays(instance)


def finish(instance: str) -> Instance:
    """Staff and time bring every story to its end."""
    ledger.troubles.clear()
    for _ in range(LIVE_STEPS_MAX):
        row = Instance.objects.get(pk=instance)
        if row.finished_at is not None:
            return row
        if row.status in ("PAUSED", "COMPENSATION_FAILED") or "INCIDENT" in (row.waiting_for or []):
            client.resume(instance_id=instance, **ANN)
        elif not direct_host().take_one():
            current().skip(timedelta(minutes=20))
    raise AssertionError(f"It never ended: {Instance.objects.filter(pk=instance).values().get()}")


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STORIES)
def test_every_story_is_sound_at_every_moment_and_ends_with_the_books_balanced(happenings: list[Any]) -> None:
    definition = define()
    with story():
        instance = client.start(definition, 1).instance_id
        for verb, write in happenings:
            survive(instance, verb, write)
        row = finish(instance)
        assert_sound(instance)
        if row.status == "COMPLETED":
            assert ledger.balance == 6
        else:
            assert ledger.balance == 0, row.failure
        assert len(ledger.reversed) == len(set(ledger.reversed))
