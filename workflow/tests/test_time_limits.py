"""A step past its deadline loses its lease; a run has a time limit whose clock stands still where nobody works."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import OnExhausted, Reconciliation, RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.models import Instance, StepExecution
from workflow.testing import FakeClock, Send, assert_replays, drive, go_on
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ANN: dict[str, Any] = {"actor_id": "ann", "reason": "because"}


def _skip(duration: timedelta) -> None:
    from workflow.testing.clock import current

    current().skip(duration)


@step
def takes(ctx: StepContext, *, seconds: int) -> int:
    _skip(timedelta(seconds=seconds))
    return ledger.do(ctx.idempotency_key, seconds)


# -- step deadlines ---------------------------------------------------------------------------------------------------


def test_an_attempt_past_its_deadline_is_timed_out_and_its_late_answer_is_not_taken() -> None:
    @step(timeout=timedelta(seconds=10), retry=RetryPolicy(maximum_attempts=2))
    def late_once(ctx: StepContext) -> str:
        if ctx.attempt == 1:
            _skip(timedelta(seconds=11))
            return "late"
        return "in time"

    @workflow(name="late", timeout=None)
    def flow(run: Run, nothing: None) -> str:
        return run.step(late_once)

    driven = drive(flow, None)

    assert driven.result == "in time"
    assert [e.payload["outcome"] for e in driven.of("STEP_FAILED")] == ["TIMED_OUT"]
    rows = StepExecution.objects.filter(instance_id=driven.instance_id).order_by("attempt")
    assert [row.status for row in rows] == ["TIMED_OUT", "COMPLETED"]
    assert_replays(driven.instance_id)


def test_an_atomic_step_past_its_deadline_leaves_no_row_behind() -> None:
    from django.contrib.auth.models import Group

    @step(atomic=True, timeout=timedelta(seconds=10), retry=RetryPolicy(maximum_attempts=2))
    def late_rows(ctx: StepContext) -> int:
        Group.objects.create(name=f"attempt {ctx.attempt}")
        if ctx.attempt == 1:
            _skip(timedelta(seconds=11))
        return ctx.attempt

    @workflow(name="late-rows", timeout=None)
    def flow(run: Run, nothing: None) -> int:
        return run.step(late_rows)

    driven = drive(flow, None)

    assert driven.result == 2
    assert [group.name for group in Group.objects.filter(name__startswith="attempt")] == ["attempt 2"]
    assert_replays(driven.instance_id)


def test_a_step_without_a_limit_of_its_own_has_the_default() -> None:
    driven = drive(one_step(seconds=1, timeout=None), None)
    deadline = StepExecution.objects.get(instance_id=driven.instance_id)
    assert deadline.deadline_at is not None
    assert deadline.deadline_at - deadline.started_at == timedelta(seconds=60)


def one_step(*, seconds: int, timeout: timedelta | None) -> Any:
    @workflow(name="one", timeout=timeout)
    def flow(run: Run, nothing: None) -> int:
        return run.step(takes, seconds=seconds)

    return flow


# -- run timeout ------------------------------------------------------------------------------------------------------


def steps_of(*seconds: int, timeout: timedelta | None = MINUTE) -> Any:
    @workflow(name="steps", timeout=timeout)
    def flow(run: Run, nothing: None) -> int:
        return sum(run.step(takes, seconds=each) for each in seconds)

    return flow


def test_a_run_out_of_time_stops_between_commands() -> None:
    driven = drive(steps_of(40, 40, 40), None)

    assert driven.status == "TIMED_OUT"
    assert len(ledger.calls) == 2
    assert_replays(driven.instance_id)


def test_a_run_out_of_time_stops_between_attempts() -> None:
    @step(retry=RetryPolicy(initial_interval=timedelta(seconds=30), backoff_coefficient=1.0, maximum_attempts=10))
    def never(ctx: StepContext) -> None:
        ledger.calls.append(ctx.idempotency_key)
        raise ConnectionError("no")

    @workflow(name="never", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> None:
        run.step(never)

    driven = drive(flow, None)
    assert driven.status == "TIMED_OUT"
    assert len(ledger.calls) == 2


def test_a_sleep_counts_against_the_run() -> None:
    @workflow(name="sleepy", timeout=MINUTE)
    def sleepy(run: Run, nothing: None) -> None:
        run.sleep(timedelta(hours=1))

    driven = drive(sleepy, None)
    assert driven.status == "TIMED_OUT"
    assert driven.events[-1].created_at - driven.events[0].created_at < 2 * MINUTE


def test_a_sleep_after_a_wait_that_was_answered_at_once_counts_as_well() -> None:
    @workflow(name="sleepy", timeout=MINUTE)
    def sleepy(run: Run, nothing: None) -> str:
        run.wait_for("go")
        run.sleep(timedelta(seconds=50))
        run.step(takes, seconds=20)
        run.step(takes, seconds=1)
        return "done"

    from workflow.testing import undriven

    with undriven():
        instance = client.start(sleepy, None, signal=("go", None)).instance_id
    assert go_on(instance).status == "TIMED_OUT"


def test_by_default_a_function_has_sixty_seconds() -> None:
    @workflow(name="default")
    def default(run: Run, nothing: None) -> None:
        run.step(takes, seconds=59)
        run.step(takes, seconds=2)
        run.step(takes, seconds=1)

    assert drive(default, None).status == "TIMED_OUT"


def test_the_clock_stands_still_in_a_named_wait(clock: FakeClock) -> None:
    @workflow(name="waiting", timeout=MINUTE)
    def waiting(run: Run, nothing: None) -> str:
        run.step(takes, seconds=30)
        run.wait_for("go")
        run.step(takes, seconds=20)
        return "done"

    instance = drive(waiting, None).instance_id
    clock.skip(timedelta(days=3))
    assert go_on(instance, Send("go")).result == "done"


def test_the_clock_stands_still_in_a_wait_that_was_paused_and_resumed_meanwhile(clock: FakeClock) -> None:
    @workflow(name="waiting", timeout=MINUTE)
    def waiting(run: Run, nothing: None) -> str:
        run.wait_for("go")
        run.step(takes, seconds=20)
        return "done"

    instance = drive(waiting, None).instance_id
    client.pause(instance_id=instance, **ANN)
    clock.skip(timedelta(days=1))
    client.resume(instance_id=instance, **ANN)
    assert go_on(instance).waiting_for == ["go"]
    clock.skip(timedelta(days=1))

    assert go_on(instance, Send("go")).result == "done"


def test_the_clock_stands_still_in_an_incident(clock: FakeClock) -> None:
    @step(retry=RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT))
    def once(ctx: StepContext) -> int:
        return ledger.do(ctx.idempotency_key, 1)

    @workflow(name="incident", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> int:
        return run.step(once)

    ledger.troubles = ["BEFORE"]
    instance = drive(flow, None).instance_id
    clock.skip(timedelta(days=3))
    client.resume(instance_id=instance, **ANN)
    assert go_on(instance).result == 1


def test_the_clock_stands_still_while_an_outcome_is_unknown() -> None:
    def look_up(ctx: StepContext) -> Reconciliation:
        return ledger.look_up(ctx.idempotency_key)

    @step(reconcile=look_up)
    def once(ctx: StepContext) -> int:
        return ledger.do(ctx.idempotency_key, 1)

    @workflow(name="unknown", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> int:
        return run.step(once)

    ledger.troubles, ledger.blind = ["AFTER"], 10
    assert drive(flow, None).result == 1


def test_the_clock_stands_still_while_a_timed_out_attempt_waits_for_the_next() -> None:
    @step(
        timeout=timedelta(seconds=10),
        retry=RetryPolicy(initial_interval=timedelta(minutes=5), maximum_interval=timedelta(minutes=5)),
    )
    def late_once(ctx: StepContext) -> int:
        if ctx.attempt == 1:
            _skip(timedelta(seconds=11))
        return 1

    @workflow(name="late", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> int:
        return run.step(late_once)

    assert drive(flow, None).result == 1


def test_parallel_steps_share_the_runs_clock() -> None:
    @workflow(name="parallel", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> int:
        run.parallel(call(takes, seconds=40), call(takes, seconds=40))
        return run.step(takes, seconds=1)

    driven = drive(flow, None)
    assert driven.status == "TIMED_OUT"


def test_a_waiting_instance_says_when_its_run_is_out_of_time() -> None:
    @step(retry=RetryPolicy(initial_interval=timedelta(seconds=30), maximum_attempts=3))
    def fails(ctx: StepContext) -> None:
        raise ConnectionError("no")

    @workflow(name="deadline", timeout=MINUTE)
    def flow(run: Run, nothing: None) -> None:
        run.step(fails)

    instance = client.start(flow, None).instance_id
    row = Instance.objects.get(pk=instance)
    assert row.deadline_at is not None
    assert timedelta(0) <= row.deadline_at - row.created_at - MINUTE < timedelta(seconds=1)
