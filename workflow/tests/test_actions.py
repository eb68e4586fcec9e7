"""Actions are judged against the table: what it does not hold is refused without a trace, providers are never."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow import ActionRefused, Machine, Run, StepContext, Transition, client, step
from workflow.client import Actor
from workflow.core.errors import ActionNotPossible, InvalidInput
from workflow.models import InboxMessage, Instance, StateSnapshot
from workflow.testing import FakeClock, Send, assert_replays, drive, go_on, undriven
from workflow.tests.ledger import ledger
from workflow.tests.review import HOUR, STATES, a_machine, act, brought_to, events, remember

pytestmark = pytest.mark.django_db

ACTIONS = ["NEXT", "APPROVE", "FINISH", "NONSENSE"]

OUTSIDE = [
    (state, action, actor)
    for state in STATES
    for action in ACTIONS
    for actor in Actor
    if (state, action, actor)
    not in {
        ("NEW", "NEXT", Actor.USER),
        ("CHECKING", "NEXT", Actor.USER),
        ("CHECKING", "APPROVE", Actor.PROVIDER),
        ("APPROVED", "FINISH", Actor.STAFF),
        ("APPROVED", "FINISH", Actor.USER),
    }
]


@pytest.mark.parametrize("actor", list(Actor))
@pytest.mark.parametrize("state", STATES)
def test_everything_outside_the_table_is_refused_without_an_event_and_from_providers_it_is_kept(
    state: str, actor: Actor
) -> None:
    instance = brought_to(a_machine(), state)
    for action in [action for s, action, a in OUTSIDE if (s, a) == (state, actor)]:
        before = events(instance)
        if actor is Actor.PROVIDER:
            assert act(instance, action, actor, data={"n": 1}).outcome in ("accepted", "ignored")
            assert events(instance) == before + 1
        else:
            with pytest.raises(ActionNotPossible) as refused:
                act(instance, action, actor)
            assert action in refused.value.message
            assert events(instance) == before
        assert Instance.objects.get(pk=instance).state == state
    assert_replays(instance)


def test_an_action_inside_the_table_is_done_before_the_call_returns() -> None:
    instance = brought_to(a_machine(), "NEW")

    answer = act(instance, "NEXT", data={"number": 7})

    assert (answer.outcome, answer.state) == ("done", "CHECKING")
    snapshot = StateSnapshot.objects.filter(instance_id=instance).latest("sequence_number")
    assert snapshot.data["cursor"]["memory"] == {"seen": 7}


def test_a_self_transition_does_not_restart_the_limit_of_its_state(clock: FakeClock) -> None:
    class Waiting(Machine):
        name, version, initial = "waiting", 1, "OPEN"
        transitions = [Transition("OPEN", "AGAIN", "OPEN"), Transition("OPEN", after=HOUR, to="EXPIRED")]

    instance = drive(Waiting, {}).instance_id
    began = clock.now()
    clock.skip(timedelta(minutes=50))
    act(instance, "AGAIN")
    ended = go_on(instance, skip_limits=True)

    assert (ended.status, ended.state) == ("TIMED_OUT", "EXPIRED")
    assert clock.now() - began < HOUR + timedelta(minutes=1)
    assert_replays(instance)


def test_data_that_does_not_fit_is_refused_before_anything_is_stored() -> None:
    instance = brought_to(a_machine(), "NEW")
    before = events(instance)
    for data in ({"number": "many"}, ["list"], "text", {"number": None}):
        with pytest.raises(InvalidInput):
            act(instance, "NEXT", data=data)
    assert events(instance) == before
    assert not InboxMessage.objects.filter(instance_id=instance, name="NEXT", taken_at=None).exists()


@step
def guess(ctx: StepContext, *, number: int) -> bool:
    ledger.do(ctx.idempotency_key, number)
    return number == 7


def check(run: Run, data: dict[str, int]) -> None:
    if not run.step(guess, number=data["number"]):
        raise ActionRefused("Wrong number.", code="wrong-number", tries_left=2)


def guessing() -> type[Machine]:
    class Guessing(Machine):
        name, version, initial = "guessing", 1, "ASKED"
        transitions = [Transition("ASKED", "GUESS", "KNOWN", do=check)]

    return Guessing


def test_a_refusal_keeps_the_state_and_what_was_recorded_and_tells_the_caller_why() -> None:
    instance = drive(guessing(), {}).instance_id

    with pytest.raises(ActionRefused) as refused:
        act(instance, "GUESS", data={"number": 1})

    assert (refused.value.code, refused.value.data["tries_left"]) == ("wrong-number", 2)
    assert client.describe(instance).state == "ASKED"
    assert len(ledger.calls) == 1
    assert act(instance, "GUESS", data={"number": 7}).outcome == "done"
    assert len(ledger.calls) == 2
    assert_replays(instance)


def test_a_repeat_with_the_same_key_gets_the_first_answer_and_does_nothing_more() -> None:
    instance = drive(guessing(), {}).instance_id
    for _ in range(3):
        with pytest.raises(ActionRefused, match="Wrong number"):
            act(instance, "GUESS", data={"number": 1}, idempotency_key="k1")
    for _ in range(3):
        assert act(instance, "GUESS", data={"number": 7}, idempotency_key="k2").outcome == "done"

    assert len(ledger.calls) == 2


def test_a_key_that_was_used_for_something_else_is_refused() -> None:
    instance = drive(guessing(), {}).instance_id
    act(instance, "GUESS", data={"number": 7}, idempotency_key="k")
    with pytest.raises(client.WorkflowError, match="used before"):
        act(instance, "GUESS", data={"number": 8}, idempotency_key="k")


def test_guards_choose_among_automatic_arrows_by_what_the_machine_remembers() -> None:
    class Choosing(Machine):
        name, version, initial = "choosing", 1, "NEW"
        transitions = [
            Transition("NEW", "NEXT", "SEEN", do=remember),
            Transition("SEEN", auto=True, to="BIG", guard=lambda memory: memory["seen"] > 5),
            Transition("SEEN", auto=True, to="SMALL", guard=lambda memory: memory["seen"] <= 5),
        ]

    assert drive(Choosing, {}, Send("NEXT", {"number": 6})).state == "BIG"
    assert drive(Choosing, {}, Send("NEXT", {"number": 5})).state == "SMALL"


def test_no_guard_that_holds_and_nothing_else_to_wait_for_is_an_incident() -> None:
    class Stuck(Machine):
        name, version, initial = "stuck", 1, "NEW"
        transitions = [Transition("NEW", auto=True, to="DONE", guard=lambda memory: False)]

    assert drive(Stuck, {}).waiting_for == ["INCIDENT"]


def test_a_step_arrow_takes_its_parameters_from_input_and_memory_and_remembers_its_output() -> None:
    @step
    def triple(ctx: StepContext, *, seen: int, factor: int) -> int:
        return seen * factor

    class Tripling(Machine):
        name, version, initial, input = "tripling", 1, "NEW", dict[str, int]
        transitions = [
            Transition("NEW", "NEXT", "SEEN", do=remember),
            Transition("SEEN", auto=True, to="DONE", step=triple),
        ]

    driven = drive(Tripling, {"factor": 3}, Send("NEXT", {"number": 4}))
    snapshot = StateSnapshot.objects.filter(instance_id=driven.instance_id).latest("sequence_number")
    assert snapshot.data["cursor"]["memory"] == {"seen": 4, "triple": 12}
    assert_replays(driven.instance_id)


def test_what_can_be_done_now_is_described() -> None:
    instance = brought_to(a_machine(), "APPROVED")
    assert client.describe(instance).possible_actions == [("FINISH", ["STAFF", "USER"])]


def test_undriven_actions_stand_until_somebody_drives() -> None:
    instance = brought_to(a_machine(), "NEW")
    with undriven():
        assert act(instance, "NEXT", data={"number": 1}).outcome == "accepted"
    assert client.describe(instance).state == "NEW"
    assert go_on(instance).state == "CHECKING"
