"""Waits hold no thread; signals come before them, twice, out of order, or at the moment of the time-out or the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import Run, StepContext, client, step, workflow
from workflow.client import Actor
from workflow.core.definition import Definition
from workflow.core.errors import AlreadyFinished, InvalidInput
from workflow.models import InboxMessage, Instance
from workflow.testing import FakeClock, Send, assert_replays, drive, go_on, undriven
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def waiting_for(*names: str, timeout: timedelta | None = HOUR, times: int = 1) -> Definition[Any, Any]:
    @workflow(name="waiting", timeout=None, signals={"typed": int})
    def waiting(run: Run, nothing: None) -> list[Any]:
        heard: list[Any] = []
        for _ in range(times):
            signal = run.wait_for(*names, timeout=timeout)
            heard.append(None if signal is None else [signal.name, signal.data])
        return heard

    return waiting


def test_a_signal_ends_the_wait_with_its_data_and_its_sender() -> None:
    @workflow(name="who", timeout=None)
    def who(run: Run, nothing: None) -> list[Any]:
        signal = run.wait_for("word")
        assert signal is not None
        return [signal.data, signal.actor, signal.actor_id]

    driven = drive(who, None, Send("word", {"a": 1}, actor=Actor.STAFF, actor_id="ann"))

    assert driven.result == [{"a": 1}, "STAFF", "ann"]
    assert_replays(driven.instance_id)


def test_a_wait_holds_no_thread_and_says_what_it_waits_for() -> None:
    driven = drive(waiting_for("a", "b"), None)

    row = Instance.objects.get(pk=driven.instance_id)
    assert row.worker_id is None
    assert sorted(row.waiting_for or []) == ["a", "b"]
    assert row.wake_at is not None


def test_a_signal_before_the_wait_is_kept_for_it() -> None:
    definition = waiting_for("word")
    with undriven():
        instance = client.start(definition, None).instance_id
        client.signal(instance_id=instance, name="word", data=1)

    assert go_on(instance).result == [["word", 1]]


def test_a_signal_that_comes_with_the_start_is_the_first() -> None:
    definition = waiting_for("word", times=2)
    with undriven():
        instance = client.start(definition, None, signal=("word", "first")).instance_id
        client.signal(instance_id=instance, name="word", data="second")

    assert go_on(instance).result == [["word", "first"], ["word", "second"]]


def test_a_signal_that_comes_twice_is_there_twice_unless_its_key_says_that_it_is_the_same() -> None:
    definition = waiting_for("word", times=2)
    with undriven():
        instance = client.start(definition, None).instance_id
        for key in ("k", "k", None, None):
            client.signal(instance_id=instance, name="word", data=key, idempotency_key=key)

    driven = go_on(instance)
    assert driven.result == [["word", "k"], ["word", None]]
    assert len(driven.of("SIGNAL_RECEIVED")) == 3


def test_signals_out_of_order_wait_for_their_turn() -> None:
    @workflow(name="ordered", timeout=None)
    def ordered(run: Run, nothing: None) -> list[Any]:
        first, second = run.wait_for("first"), run.wait_for("second")
        return [first and first.data, second and second.data]

    with undriven():
        instance = client.start(ordered, None).instance_id
        client.signal(instance_id=instance, name="second", data=2)
    assert go_on(instance).waiting_for == ["first"]

    assert go_on(instance, Send("first", 1)).result == [1, 2]


def test_a_wait_that_nobody_answers_times_out_once_and_a_late_signal_goes_to_the_next_wait() -> None:
    definition = waiting_for("word", times=2)
    instance = drive(definition, None).instance_id
    assert go_on(instance).waiting_for == ["word"]

    ended = drive(definition, None, skip_limits=True)
    assert ended.result == [None, None]
    assert len(ended.of("TIMER_FIRED")) == 2


def test_a_signal_at_the_same_moment_as_the_time_out_wins(clock: FakeClock) -> None:
    instance = drive(waiting_for("word"), None).instance_id
    clock.skip(HOUR)
    with undriven():
        client.signal(instance_id=instance, name="word", data="just in time")

    driven = go_on(instance)

    assert driven.result == [["word", "just in time"]]
    assert driven.of("TIMER_FIRED") == []


def test_a_signal_after_the_time_out_was_recorded_loses(clock: FakeClock) -> None:
    @workflow(name="late", timeout=None)
    def late(run: Run, nothing: None) -> list[Any]:
        first = run.wait_for("word", timeout=HOUR)
        run.sleep(HOUR)
        second = run.wait_for("word", timeout=HOUR)
        return [first and first.data, second and second.data]

    instance = drive(late, None).instance_id
    clock.skip(HOUR)
    from workflow.testing.driving import direct_host

    direct_host().take_one()
    with undriven():
        client.signal(instance_id=instance, name="word", data="late")

    driven = go_on(instance)
    assert driven.result == [None, "late"]
    assert_replays(instance)


def test_a_signal_at_the_same_moment_as_the_end_is_recorded_as_ignored() -> None:
    sent: list[str] = []

    @step
    def last(ctx: StepContext) -> None:
        if not sent:
            sent.append(ctx.instance_id)
            client.signal(instance_id=ctx.instance_id, name="word", data="too late")

    @workflow(name="ending", timeout=None)
    def ending(run: Run, nothing: None) -> None:
        run.step(last)

    driven = drive(ending, None)

    assert driven.status == "COMPLETED"
    assert [e.payload.get("ignored") for e in driven.of("SIGNAL_RECEIVED")] == [True]
    assert not InboxMessage.objects.filter(instance_id=driven.instance_id, taken_at=None).exists()
    assert_replays(driven.instance_id)


def test_after_the_end_a_signal_is_refused_but_a_providers_is_kept() -> None:
    driven = drive(waiting_for("word"), None, Send("word"))

    with pytest.raises(AlreadyFinished):
        client.signal(instance_id=driven.instance_id, name="word")
    answer = client.signal(instance_id=driven.instance_id, name="word", data=1, actor=Actor.PROVIDER)

    assert answer.outcome == "ignored"
    assert go_on(driven.instance_id).events[-1].payload["ignored"] is True
    assert_replays(driven.instance_id)


def test_the_data_of_a_declared_signal_is_checked_before_it_is_stored() -> None:
    instance = drive(waiting_for("typed"), None).instance_id

    with pytest.raises(InvalidInput):
        client.signal(instance_id=instance, name="typed", data="not a number")
    assert len(go_on(instance).of("SIGNAL_RECEIVED")) == 0
    assert go_on(instance, Send("typed", 7)).result == [["typed", 7]]


def test_a_signal_that_nobody_waits_for_does_not_wake_the_instance() -> None:
    instance = drive(waiting_for("word"), None).instance_id
    before = Instance.objects.get(pk=instance)

    with undriven():
        client.signal(instance_id=instance, name="other")

    after = Instance.objects.get(pk=instance)
    assert (after.wake_at, after.token) == (before.wake_at, before.token)


def test_a_sleep_is_durable_and_counts_from_when_it_began(clock: FakeClock) -> None:
    @workflow(name="sleeping", timeout=None)
    def sleeping(run: Run, nothing: None) -> str:
        began = run.now()
        run.sleep(timedelta(days=2))
        return str(run.now() - began)

    from workflow.testing.driving import direct_host

    with undriven():
        instance = client.start(sleeping, None).instance_id
    began = clock.now()
    direct_host().take_one()
    row = Instance.objects.get(pk=instance)
    assert row.wake_at is not None
    assert abs(row.wake_at - (began + timedelta(days=2))) < timedelta(seconds=1)

    clock.skip(timedelta(days=1))
    assert not direct_host().take_one()
    assert go_on(instance).result.startswith("2 days")


def test_what_is_deterministic_is_the_same_on_every_replay() -> None:
    @workflow(name="deterministic", timeout=None)
    def deterministic(run: Run, nothing: None) -> list[Any]:
        drawn = [str(run.uuid4()), run.random(), run.now().isoformat()]
        run.step(note, amount=1)
        run.wait_for("go")
        return [*drawn, str(run.uuid4()), run.random()]

    with undriven():
        instance = client.start(deterministic, None).instance_id
    ended = go_on(instance, Send("go"))

    assert ended.status == "COMPLETED"
    assert len({*map(str, ended.result)}) == 5
    assert_replays(instance)


def test_a_side_effect_is_drawn_once_however_often_it_is_replayed() -> None:
    drawn: list[int] = []

    def draw() -> int:
        drawn.append(1)
        return len(drawn)

    @workflow(name="drawing", timeout=None)
    def drawing(run: Run, nothing: None) -> int:
        first = run.side_effect("draw", draw, type=int)
        run.wait_for("go")
        run.wait_for("go")
        return first

    assert drive(drawing, None, Send("go"), Send("go")).result == 1
    assert drawn == [1]
