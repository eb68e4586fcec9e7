"""Atomic steps are one commit with their rows, external ones write their intent first; types hold at each boundary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError

from workflow import RetryPolicy, Run, StepContext, call, step, workflow
from workflow.models import Incident, OutboxMessage, WorkflowEvent
from workflow.testing import Send, assert_replays, drive, go_on
from workflow.tests.ledger import ledger
from workflow.tests.one_step import one

pytestmark = pytest.mark.django_db


def groups() -> list[str]:
    return sorted(group.name for group in Group.objects.filter(name__startswith="by "))


@step(atomic=True, retry=RetryPolicy(maximum_attempts=2))
def write_row(ctx: StepContext, *, name: str, fail_at: int = 0) -> str:
    Group.objects.create(name=f"by {name} {ctx.attempt}")
    if ctx.attempt <= fail_at:
        raise ValueError("after the row")
    ctx.publish("row-written", {"name": name})
    return name


def test_an_atomic_step_has_no_intent_and_its_rows_are_there() -> None:
    driven = one(write_row, name="a")

    assert (driven.result, groups()) == ("a", ["by a 1"])
    assert driven.of("STEP_STARTED") == []
    assert driven.of("STEP_COMPLETED")[0].payload["attempt"] == 1
    assert_replays(driven.instance_id)


def test_an_atomic_step_that_raises_leaves_no_row_and_no_message() -> None:
    driven = one(write_row, name="a", fail_at=1)

    assert (driven.result, groups()) == ("a", ["by a 2"])
    assert OutboxMessage.objects.filter(instance_id=driven.instance_id).count() == 1


def test_an_atomic_step_that_breaks_a_constraint_is_a_failed_attempt_of_that_step_alone() -> None:
    @step(atomic=True, retry=RetryPolicy(maximum_attempts=1))
    def twice(ctx: StepContext) -> None:
        Group.objects.create(name="by two")
        Group.objects.create(name="by two")

    driven = one(twice)

    assert (driven.status, groups()) == ("FAILED", [])
    assert driven.failure is not None
    assert driven.failure["error"]["type"] == IntegrityError.__name__


def test_publish_belongs_to_atomic_steps() -> None:
    @step(retry=RetryPolicy(maximum_attempts=1))
    def external(ctx: StepContext) -> None:
        ctx.publish("topic", {})

    driven = one(external)
    assert driven.failure is not None
    assert driven.failure["error"]["type"] == "TypeError"


def test_an_intent_is_durable_before_the_call_with_its_input_key_and_deadline() -> None:
    seen: list[dict[str, Any]] = []

    @step(timeout=timedelta(seconds=9))
    def look(ctx: StepContext, *, number: int) -> int:
        events = WorkflowEvent.objects.filter(instance_id=ctx.instance_id, event_type="STEP_STARTED")
        seen.extend(event.payload for event in events)
        return number

    one(look, number=7)

    assert (seen[0]["input"], seen[0]["attempt"], seen[0]["generation"]) == ({"number": 7}, 1, 1)
    assert seen[0]["key"].endswith(":look#1:1")
    assert seen[0]["deadline_at"]


def test_the_result_of_a_step_is_durable_before_the_next_begins() -> None:
    seen: list[list[str]] = []

    @step
    def first(ctx: StepContext) -> int:
        return 1

    @step
    def second(ctx: StepContext) -> int:
        events = WorkflowEvent.objects.filter(instance_id=ctx.instance_id, event_type="STEP_COMPLETED")
        seen.append([event.step_key for event in events])
        return 2

    @workflow(name="two", timeout=None)
    def two(run: Run, nothing: None) -> int:
        return run.step(first) + run.step(second)

    assert drive(two, None).result == 3
    assert seen == [["first#1"]]


def test_three_external_steps_need_four_writes() -> None:
    from workflow.testing import crash_points

    @step
    def note(ctx: StepContext, *, amount: int) -> int:
        return ledger.do(ctx.idempotency_key, amount)

    @workflow(name="three", timeout=None)
    def three(run: Run, nothing: None) -> int:
        return sum(run.step(note, amount=each) for each in (1, 2, 3))

    report = crash_points(three, None, fresh=ledger.clear)
    assert len([point for point in report.points if point.startswith("before the write")]) == 4


@step
def add(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(retry=RetryPolicy(initial_interval=timedelta(hours=1), maximum_interval=timedelta(hours=1)))
def later(ctx: StepContext, *, amount: int) -> int:
    if ctx.attempt == 1:
        raise ConnectionError("later")
    return ledger.do(ctx.idempotency_key, amount)


def test_parallel_answers_in_argument_order_and_waits_for_the_slowest() -> None:
    @workflow(name="parallel", timeout=None)
    def flow(run: Run, nothing: None) -> list[int]:
        return run.parallel(call(later, amount=1), call(add, amount=2), call(later, amount=3))

    driven = drive(flow, None)

    assert driven.result == [1, 2, 3]
    assert len(ledger.keys) == len(ledger.calls) == 3
    assert_replays(driven.instance_id)


def test_parallel_takes_positions_in_argument_order_whoever_ends_first() -> None:
    from workflow.testing.driving import direct_host

    @workflow(name="parallel", timeout=None)
    def flow(run: Run, nothing: None) -> list[int]:
        return run.parallel(call(add, amount=1), call(add, amount=2))

    direct_host().backwards = True
    driven = drive(flow, None)
    direct_host().backwards = False

    assert driven.result == [1, 2]
    positions = {event.payload["position"]: event.step_key for event in driven.of("STEP_STARTED")}
    assert positions == {1: "add#1", 2: "add#2"}
    assert_replays(driven.instance_id)


def test_a_published_message_is_written_with_the_fact_once() -> None:
    @workflow(name="publishing", timeout=None)
    def publishing(run: Run, nothing: None) -> None:
        run.publish("ordered", {"number": 7})
        run.wait_for("go")
        run.publish("shipped", {"number": 7})

    driven = drive(publishing, None, Send("go"))

    rows = OutboxMessage.objects.filter(instance_id=driven.instance_id).order_by("id")
    assert [(row.topic, row.body, row.published_at) for row in rows] == [
        ("ordered", {"number": 7}, None),
        ("shipped", {"number": 7}, None),
    ]
    assert [row.sequence_number for row in rows] == [e.sequence_number for e in driven.of("MESSAGE_PUBLISHED")]


def test_an_incident_of_one_instance_stops_no_other() -> None:
    driven = one(add, amount="x")
    assert Incident.objects.filter(instance_id=driven.instance_id).count() == 1
    assert one(add, amount=1).status == "COMPLETED"
    assert go_on(driven.instance_id).waiting_for == ["INCIDENT"]
