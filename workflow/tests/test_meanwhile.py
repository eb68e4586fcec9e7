"""Messages that come early, twice, or during a transition are kept and judged for the state they were sent in."""

from __future__ import annotations

from typing import Any

import pytest

from workflow import Machine, RetryPolicy, Run, StepContext, Transition, client, step
from workflow.client import Actor
from workflow.core.errors import ActionNotPossible, ApplicationFailure
from workflow.testing import FakeClock, assert_replays, drive, go_on
from workflow.tests.review import HOUR, a_machine, act, brought_to

pytestmark = pytest.mark.django_db


def test_a_providers_message_that_comes_too_early_waits_for_its_state() -> None:
    instance = brought_to(a_machine(), "NEW")

    assert act(instance, "APPROVE", Actor.PROVIDER).outcome == "accepted"
    assert act(instance, "NEXT", data={"number": 1}).outcome == "done"

    assert go_on(instance).state == "APPROVED"
    assert_replays(instance)


def test_a_webhook_during_the_turn_that_asked_for_it_is_not_lost() -> None:
    @step
    def submit(ctx: StepContext) -> None:
        client.act(instance_id=ctx.instance_id, action="APPROVE", actor=Actor.PROVIDER)

    class Submitting(Machine):
        name, version, initial = "submitting", 1, "NEW"
        transitions = [
            Transition("NEW", "SUBMIT", "PENDING", step=submit),
            Transition("PENDING", "APPROVE", "APPROVED", actors={Actor.PROVIDER}),
        ]

    instance = drive(Submitting, {}).instance_id
    act(instance, "SUBMIT")

    assert go_on(instance).state == "APPROVED"
    assert_replays(instance)


def test_a_webhook_that_comes_twice_moves_once() -> None:
    instance = brought_to(a_machine(), "CHECKING")
    for _ in range(3):
        act(instance, "APPROVE", Actor.PROVIDER)

    driven = go_on(instance)
    assert driven.state == "APPROVED"
    ignored = [event.payload.get("ignored", False) for event in driven.of("SIGNAL_RECEIVED")]
    assert ignored == [False, False, True, True]
    assert_replays(instance)


@step(retry=RetryPolicy(initial_interval=HOUR, maximum_interval=HOUR, maximum_attempts=3))
def fails_first(ctx: StepContext) -> None:
    if ctx.attempt == 1:
        raise ConnectionError("later")


def backing_off() -> type[Machine]:
    class BackingOff(Machine):
        name, version, initial = "backing-off", 1, "NEW"
        transitions = [
            Transition("NEW", "NEXT", "MIDDLE", step=fails_first),
            Transition("MIDDLE", "NEXT", "DONE"),
            Transition("NEW", "LEAVE", "LEFT"),
        ]

    return BackingOff


def test_an_action_during_a_transition_stands_in_the_inbox_and_is_judged_for_the_state_it_was_sent_in() -> None:
    instance = drive(backing_off(), {}).instance_id
    assert act(instance, "NEXT").outcome == "accepted"

    standing = act(instance, "LEAVE", idempotency_key="leave")
    assert standing.outcome == "accepted"
    ended = go_on(instance)

    assert ended.state == "MIDDLE"
    with pytest.raises(ActionNotPossible):
        act(instance, "LEAVE", idempotency_key="leave")
    assert [event.payload["name"] for event in ended.of("SIGNAL_RECEIVED")] == ["NEXT"]
    assert_replays(instance)


def test_a_double_click_during_a_transition_does_not_move_twice() -> None:
    instance = drive(backing_off(), {}).instance_id
    act(instance, "NEXT")
    act(instance, "NEXT")

    assert go_on(instance).state == "MIDDLE"


def test_an_action_beats_a_limit_that_has_just_passed(clock: FakeClock) -> None:
    class Racing(Machine):
        name, version, initial = "racing", 1, "OPEN"
        transitions = [Transition("OPEN", "NEXT", "DONE"), Transition("OPEN", after=HOUR, to="EXPIRED")]

    instance = drive(Racing, {}).instance_id
    clock.skip(2 * HOUR)
    assert act(instance, "NEXT").outcome == "done"
    assert go_on(instance).state == "DONE"
    assert_replays(instance)


def test_a_transition_may_fail_for_good_and_roll_back() -> None:
    def refuse(run: Run, data: dict[str, Any]) -> None:
        raise ApplicationFailure("no", type="NO")

    class Failing(Machine):
        name, version, initial = "failing", 1, "NEW"
        transitions = [Transition("NEW", "NEXT", "DONE", do=refuse)]

    instance = drive(Failing, {}).instance_id
    act(instance, "NEXT")
    ended = go_on(instance)
    assert (ended.status, ended.failure and ended.failure["type"]) == ("FAILED", "NO")
