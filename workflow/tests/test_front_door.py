"""The front door: one live instance per business key, one answer per idempotency key, no trace of what rolls back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from workflow import Machine, Run, StepContext, Transition, client, step, workflow
from workflow.client import Actor, IfFinished, IfLive
from workflow.core.errors import AlreadyFinished, BusinessKeyInUse, IdempotencyMismatch, InvalidInput
from workflow.engine.host import Host
from workflow.models import Idempotency, InboxMessage, Instance, WorkflowEvent
from workflow.testing import FakeClock, Send, drive, go_on, undriven
from workflow.tests.ledger import ledger
from workflow.tests.threads import at_once, until_waiting

ordinary = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def flow(**options: Any) -> Any:
    @workflow(name="flow", timeout=None, **options)
    def waiting(run: Run, amount: int) -> int:
        run.wait_for("go")
        return run.step(note, amount=amount)

    return waiting


class Nothing(Exception):
    """Rolls the caller's transaction back."""


# -- business keys ----------------------------------------------------------------------------------------------------


@ordinary
def test_a_second_start_with_a_live_business_key_answers_with_the_first_or_is_refused() -> None:
    definition = flow(business_key=lambda amount: f"order:{amount}")
    first = client.start(definition, 7)
    again = client.start(definition, 7)

    assert (again.instance_id, first.created, again.created) == (first.instance_id, True, False)
    with pytest.raises(BusinessKeyInUse) as refused:
        client.start(definition, 7, if_live=IfLive.REFUSE)
    assert refused.value.data["instance_id"] == first.instance_id
    assert client.start(definition, 8).created


@ordinary
def test_an_ended_business_key_is_free_unless_the_caller_says_otherwise() -> None:
    definition = flow(business_key=lambda amount: "one")
    ended = drive(definition, 7, Send("go"))

    assert client.start(definition, 7, if_finished=IfFinished.RETURN).instance_id == ended.instance_id
    with pytest.raises(AlreadyFinished):
        client.start(definition, 7, if_finished=IfFinished.REFUSE)
    assert client.start(definition, 7).created


@ordinary
def test_an_empty_business_key_names_nothing() -> None:
    with pytest.raises(InvalidInput):
        client.start(flow(), 7, business_key=" ")


@with_threads
def test_fifty_parallel_starts_with_one_business_key_are_one_instance_and_one_answer(host: Host) -> None:
    definition = flow()
    answers = at_once(50, lambda _: client.start(definition, 7, business_key="cart:1"))

    assert len({answer.instance_id for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1
    assert Instance.objects.count() == 1


@with_threads
def test_parallel_starts_with_one_idempotency_key_are_one_instance_and_one_answer(host: Host) -> None:
    definition = flow()
    answers = at_once(20, lambda _: client.start(definition, 7, idempotency_key="k", scope="acme"))

    assert len({(answer.instance_id, answer.created) for answer in answers}) == 1
    assert Instance.objects.count() == 1


# -- idempotency keys -------------------------------------------------------------------------------------------------


@ordinary
def test_an_idempotency_key_answers_what_it_answered_even_after_the_end() -> None:
    definition = flow()
    first = client.start(definition, 7, idempotency_key="k")
    go_on(first.instance_id, Send("go"))

    assert client.start(definition, 7, idempotency_key="k") == first
    assert Instance.objects.count() == 1


@ordinary
def test_an_idempotency_key_with_another_request_is_refused() -> None:
    client.start(flow(), 7, idempotency_key="k")
    with pytest.raises(IdempotencyMismatch):
        client.start(flow(), 8, idempotency_key="k")
    assert Instance.objects.count() == 1


@ordinary
def test_idempotency_keys_of_different_callers_do_not_meet() -> None:
    definition = flow()
    mine = client.start(definition, 7, idempotency_key="k", scope="acme")
    theirs = client.start(definition, 8, idempotency_key="k", scope="other")
    assert mine.instance_id != theirs.instance_id


@ordinary
def test_typed_data_may_carry_an_idempotency_key_as_well() -> None:
    from datetime import date

    definition = flow(signals={"go": date})
    instance = drive(definition, 7).instance_id
    for _ in range(2):
        client.signal(instance_id=instance, name="go", data=date(2026, 1, 2), idempotency_key="k")
    assert len(go_on(instance).of("SIGNAL_RECEIVED")) == 1


# -- transactions -----------------------------------------------------------------------------------------------------


def a_door() -> type[Machine]:
    class Opened(Machine):
        name, version, initial = "door", 1, "CLOSED"
        transitions = [Transition("CLOSED", "OPEN", "OPEN", actors={Actor.USER})]

    return Opened


@with_threads
def test_what_is_rolled_back_leaves_no_trace(host: Host) -> None:
    definition, door = flow(), client.start(a_door(), {}).instance_id
    waiting = client.start(definition, 7).instance_id
    until_waiting(waiting, "go")
    until_waiting(door, "OPEN")
    before = (Instance.objects.count(), WorkflowEvent.objects.count(), InboxMessage.objects.count())

    def all_of_it() -> None:
        client.start(definition, 8, idempotency_key="start")
        client.act(instance_id=door, action="OPEN", actor=Actor.USER, idempotency_key="act")
        client.signal(instance_id=waiting, name="go", idempotency_key="signal")
        client.cancel(instance_id=waiting, actor_id="ann", reason="no")
        raise Nothing

    with pytest.raises(Nothing), transaction.atomic():
        all_of_it()

    assert (Instance.objects.count(), WorkflowEvent.objects.count(), InboxMessage.objects.count()) == before
    assert Idempotency.objects.count() == 0
    assert until_waiting(waiting, "go").status == "ACTIVE"
    assert until_waiting(door, "OPEN").state == "CLOSED"


@with_threads
def test_inside_a_transaction_nothing_is_driven_until_it_commits(host: Host) -> None:
    definition = flow()
    with transaction.atomic():
        instance = client.start(definition, 7).instance_id
        client.signal(instance_id=instance, name="go")
        assert client.describe(instance).status == "ACTIVE"
        assert ledger.calls == []
    assert client.result(instance, timeout=10) == 7


@ordinary
def test_a_callers_own_transaction_is_honoured_in_ordinary_tests_too() -> None:
    definition = flow()

    def start_and_fail() -> None:
        client.start(definition, 7)
        raise Nothing

    with pytest.raises(Nothing), transaction.atomic():
        start_and_fail()
    assert Instance.objects.count() == 0


# -- acting through a process that drives its own calls ----------------------------------------------------------------


@with_threads
def test_an_action_is_answered_with_its_transition_done(host: Host) -> None:
    door = client.start(a_door(), {}).instance_id
    until_waiting(door, "OPEN")

    answer = client.act(instance_id=door, action="OPEN", actor=Actor.USER, wait=5)

    assert (answer.outcome, answer.state) == ("done", "OPEN")
    assert client.result(door, timeout=5) == {"state": "OPEN"}


@with_threads
def test_twenty_clicks_at_once_open_the_door_once(host: Host) -> None:
    door = client.start(a_door(), {}).instance_id
    until_waiting(door, "OPEN")

    def click(_: int) -> str:
        try:
            return client.act(instance_id=door, action="OPEN", actor=Actor.USER, wait=10).outcome
        except client.WorkflowError as error:
            return error.code

    outcomes = at_once(20, click)
    assert outcomes.count("done") == 1
    assert set(outcomes) == {"done", "action-not-possible"}
    history = WorkflowEvent.objects.filter(instance_id=door, event_type="STATE_ENTERED")
    assert [event.payload["state"] for event in history] == ["CLOSED", "OPEN"]


@with_threads
def test_signals_of_many_senders_are_all_received_once(host: Host) -> None:
    @workflow(name="collecting", timeout=None)
    def collecting(run: Run, count: int) -> list[Any]:
        heard = [run.wait_for("word") for _ in range(count)]
        return sorted(signal.data for signal in heard if signal is not None)

    instance = client.start(collecting, 40).instance_id
    at_once(40, lambda number: client.signal(instance_id=instance, name="word", data=number))

    assert client.result(instance, timeout=20) == list(range(40))
    numbers = list(WorkflowEvent.objects.filter(instance_id=instance).values_list("sequence_number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


# -- later starts -----------------------------------------------------------------------------------------------------


@ordinary
def test_a_start_at_a_later_time_waits_for_it(clock: FakeClock) -> None:
    @workflow(name="later", timeout=None)
    def later(run: Run, nothing: None) -> int:
        return run.step(note, amount=1)

    from workflow.testing.driving import direct_host

    instance = client.start(later, None, start_at=clock.now() + timedelta(hours=2)).instance_id
    assert not direct_host().take_one()
    clock.skip(timedelta(hours=3))
    assert go_on(instance).result == 1


@ordinary
def test_the_correlation_id_goes_from_the_start_to_every_event_and_step() -> None:
    seen: list[str] = []

    @step
    def look(ctx: StepContext) -> None:
        seen.append(ctx.correlation_id)

    @workflow(name="looking", timeout=None)
    def looking(run: Run, nothing: None) -> None:
        run.step(look)

    with undriven():
        instance = client.start(looking, None, correlation_id="abc").instance_id
    go_on(instance)

    assert seen == ["abc"]
    assert set(WorkflowEvent.objects.filter(instance_id=instance).values_list("correlation_id", flat=True)) == {"abc"}
