"""Every field of a retry policy does what it says; what is the engine's own trouble is never an attempt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from workflow import OnExhausted, Refused, RetryPolicy, Run, StepContext, step, workflow
from workflow.models import Incident, StepExecution
from workflow.testing import Driven, FakeClock, assert_replays, drive
from workflow.testing.driving import direct_host

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class OutOfStock(Exception):
    code = "out-of-stock"


def failing(policy: RetryPolicy | None, *, times: int = 100, error: Exception | None = None) -> Any:
    """A workflow of one step that raises so many times."""
    raised: list[int] = []

    @step(name="try", retry=policy)
    def attempt(ctx: StepContext) -> int:
        if len(raised) < times:
            raised.append(ctx.attempt)
            raise error or ConnectionError("no")
        return ctx.attempt

    @workflow(name="failing", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(attempt)

    return flow


def attempts(driven: Driven) -> int:
    return len(driven.of("STEP_STARTED"))


def pauses(driven: Driven) -> list[float]:
    """Between the failure of an attempt and the start of the next, in seconds."""
    planned = [(event.payload["next_attempt_at"], event.created_at) for event in driven.of("RETRY_SCHEDULED")]
    return [round((datetime.fromisoformat(due) - failed_at).total_seconds(), 2) for due, failed_at in planned]


def test_by_default_three_retries_one_second_doubling() -> None:
    driven = drive(failing(None), None)

    assert (driven.status, attempts(driven)) == ("FAILED", 4)
    assert pauses(driven) == [1.0, 2.0, 4.0]
    assert driven.failure is not None
    assert driven.failure["error"]["type"] == "ConnectionError"
    assert_replays(driven.instance_id)


def test_maximum_attempts_counts_the_first() -> None:
    assert attempts(drive(failing(RetryPolicy(maximum_attempts=1)), None)) == 1
    assert attempts(drive(failing(RetryPolicy(maximum_attempts=5)), None)) == 5


def test_initial_interval_coefficient_and_maximum_interval_shape_the_pauses() -> None:
    policy = RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=3.0,
        maximum_interval=timedelta(seconds=20),
        maximum_attempts=6,
    )
    assert pauses(drive(failing(policy), None)) == [2.0, 6.0, 18.0, 20.0, 20.0]


def test_maximum_duration_counts_from_the_first_attempt_and_needs_no_maximum_of_attempts() -> None:
    policy = RetryPolicy(initial_interval=SECOND, backoff_coefficient=1.0, maximum_duration=timedelta(seconds=10))
    driven = drive(failing(policy), None)
    assert driven.status == "FAILED"
    assert 10 <= attempts(driven) <= 12


def test_jitter_takes_a_share_of_the_pause_away() -> None:
    direct_host().jitter = 1.0
    policy = RetryPolicy(initial_interval=timedelta(seconds=10), jitter=0.5, maximum_attempts=2)
    assert pauses(drive(failing(policy), None)) == [5.0]


@pytest.mark.parametrize("named", ["OutOfStock", "out-of-stock"])
def test_non_retryable_names_a_type_or_a_code(named: str) -> None:
    policy = RetryPolicy(maximum_attempts=9, non_retryable=(named,))
    assert attempts(drive(failing(policy, error=OutOfStock("none left")), None)) == 1
    assert attempts(drive(failing(policy, error=ConnectionError("no")), None)) == 9


def test_a_refusal_is_final_unless_it_says_otherwise() -> None:
    policy = RetryPolicy(maximum_attempts=3)
    assert attempts(drive(failing(policy, error=Refused("no")), None)) == 1
    assert attempts(drive(failing(policy, error=Refused("later", retryable=True)), None)) == 3


def test_on_exhausted_asks_staff_instead_of_failing() -> None:
    policy = RetryPolicy(maximum_attempts=2, on_exhausted=OnExhausted.INCIDENT)
    driven = drive(failing(policy), None)

    assert (driven.status, driven.waiting_for, attempts(driven)) == ("ACTIVE", ["INCIDENT"], 2)
    incident = Incident.objects.get(instance_id=driven.instance_id)
    assert (incident.kind, incident.step_key) == ("STEP_EXHAUSTED", "try#1")


def test_a_short_backoff_is_waited_in_the_thread_with_its_failure_committed_and_a_longer_one_parks() -> None:
    short = drive(failing(RetryPolicy(initial_interval=SECOND, maximum_attempts=2), times=1), None)
    long = drive(failing(RetryPolicy(initial_interval=2 * SECOND, maximum_attempts=2), times=1), None)

    assert len({event.token for event in short.of("STEP_STARTED")}) == 1
    assert len({event.token for event in long.of("STEP_STARTED")}) == 2
    assert short.result == long.result == 2


def test_every_attempt_is_a_row_with_its_error_and_a_signature_without_ids() -> None:
    driven = drive(failing(RetryPolicy(maximum_attempts=2), error=ValueError("order 4711 of 'Ann'")), None)

    rows = list(StepExecution.objects.filter(instance_id=driven.instance_id).order_by("attempt"))
    assert [(row.attempt, row.status) for row in rows] == [(1, "FAILED"), (2, "FAILED")]
    first, second = (row.error or {} for row in rows)
    assert "4711" not in first["signature"]
    assert first["signature"] == second["signature"]
    assert "Traceback" in first["traceback"]
    assert "traceback" not in driven.of("STEP_FAILED")[0].payload["error"]


def test_iterations_of_one_step_are_steps_of_their_own() -> None:
    keys: list[str] = []

    @step
    def again(ctx: StepContext) -> str:
        keys.append(ctx.idempotency_key)
        return ctx.step_key

    @workflow(name="again", timeout=None)
    def flow(run: Run, nothing: None) -> list[str]:
        return [run.step(again) for _ in range(3)]

    assert drive(flow, None).result == ["again#1", "again#2", "again#3"]
    assert len(set(keys)) == 3


def test_the_context_tells_a_step_its_deadline_attempt_token_and_key(clock: FakeClock) -> None:
    seen: list[StepContext] = []

    @step(timeout=timedelta(seconds=7))
    def look(ctx: StepContext) -> float:
        seen.append(ctx)
        return ctx.seconds_left()

    @workflow(name="looking", timeout=None)
    def flow(run: Run, nothing: None) -> float:
        return run.step(look)

    driven = drive(flow, None)
    ctx = seen[0]
    assert driven.result == pytest.approx(7.0, abs=0.1)
    assert (ctx.attempt, ctx.token, ctx.step_key) == (1, driven.of("STEP_STARTED")[0].token, "look#1")
    assert ctx.idempotency_key == f"{driven.instance_id}:look#1:1"
    assert ctx.deadline is not None
