"""`drive` takes an instance to its end, or to where it waits, in the calling thread and in no time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from workflow import Machine, RetryPolicy, Run, StepContext, Transition, client, step, workflow
from workflow.client import Actor
from workflow.core.registry import registry
from workflow.testing import FakeClock, Send, drive, go_on, undriven

pytestmark = pytest.mark.django_db


@step
def double(ctx: StepContext, *, number: int) -> int:
    return number * 2


@step(
    retry=RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(minutes=9), maximum_attempts=3)
)
def third_time_lucky(ctx: StepContext) -> int:
    if ctx.attempt < 3:
        raise ConnectionError("not yet")
    return ctx.attempt


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with registry.isolated():
        yield


def test_a_function_is_driven_to_its_end_by_the_call_that_starts_it() -> None:
    @workflow(name="doubling")
    def doubling(run: Run, number: int) -> int:
        return run.step(double, number=run.step(double, number=number))

    started = client.start(doubling, 3)

    assert client.result(started.instance_id, timeout=0) == 12


def test_backoffs_and_sleeps_are_skipped_and_the_clock_has_moved(clock: FakeClock) -> None:
    @workflow(name="patient", timeout=None)
    def patient(run: Run, nothing: None) -> int:
        run.sleep(timedelta(days=3))
        return run.step(third_time_lucky)

    began = clock.now()
    driven = drive(patient, None)

    assert (driven.status, driven.result) == ("COMPLETED", 3)
    assert clock.now() - began >= timedelta(days=3, minutes=3)


def test_it_stops_at_a_wait_that_no_message_answers_and_goes_on_with_the_message() -> None:
    @workflow(name="asking", timeout=None)
    def asking(run: Run, nothing: None) -> str:
        answer = run.wait_for("answer", timeout=timedelta(hours=1))
        return answer.data if answer else "nobody answered"

    waiting = drive(asking, None)
    assert (waiting.status, waiting.waiting_for) == ("ACTIVE", ["answer"])

    assert go_on(waiting.instance_id, Send("answer", "yes")).result == "yes"
    assert drive(asking, None, skip_limits=True).result == "nobody answered"


def test_a_machine_is_driven_by_its_actions() -> None:
    class Door(Machine):
        name, version, initial = "door", 1, "CLOSED"
        transitions = [
            Transition("CLOSED", "OPEN", "OPENED"),
            Transition("OPENED", after=timedelta(hours=1), to="LEFT_OPEN"),
            Transition("OPENED", "LEAVE", "LEFT", actors={Actor.STAFF}),
        ]

    assert drive(Door, {}, Send("OPEN"), Send("LEAVE", actor=Actor.STAFF)).state == "LEFT"
    assert drive(Door, {}, Send("OPEN"), skip_limits=True).status == "TIMED_OUT"


def test_what_is_started_undriven_stays_as_it_is_until_somebody_goes_on() -> None:
    @workflow(name="later")
    def later(run: Run, number: int) -> int:
        return run.step(double, number=number)

    with undriven():
        started = client.start(later, 1)

    assert client.describe(started.instance_id).status == "ACTIVE"
    assert go_on(started.instance_id).result == 2


def test_a_message_that_nobody_waits_for_is_said_aloud() -> None:
    @workflow(name="deaf")
    def deaf(run: Run, nothing: None) -> None:
        run.step(double, number=1)

    with pytest.raises(AssertionError, match="never waited for answer"):
        drive(deaf, None, Send("answer"))
