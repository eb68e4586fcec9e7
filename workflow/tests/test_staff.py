"""Staff commands are facts: who, why, before, after; each does what it says and is refused where it does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow import Machine, OnExhausted, RetryPolicy, Run, StepContext, Transition, client, step, workflow
from workflow.core.errors import AlreadyFinished, InstanceNotFound, InvalidInput, NotPossibleNow
from workflow.models import Incident, Instance
from workflow.testing import Driven, FakeClock, Send, assert_replays, drive, go_on, undriven
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
ANN: dict[str, Any] = {"actor_id": "ann", "reason": "because"}


@step(retry=RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT))
def pay(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def flow() -> Any:
    @workflow(name="flow", timeout=None)
    def paying(run: Run, amount: int) -> int:
        paid = run.step(pay, amount=amount)
        run.wait_for("go", timeout=timedelta(days=1))
        return run.step(note, amount=paid)

    return paying


def blocked() -> Driven:
    ledger.troubles = ["BEFORE"]
    driven = drive(flow(), 5)
    assert driven.waiting_for == ["INCIDENT"]
    return driven


def staff_events(driven: Driven) -> list[tuple[str, str | None, str | None]]:
    return [(str(e.type), e.actor_id, e.payload.get("reason")) for e in driven.events if e.actor == "STAFF"]


# -- pause and resume -------------------------------------------------------------------------------------------------


def test_a_paused_instance_begins_nothing_until_it_is_resumed(clock: FakeClock) -> None:
    instance = drive(flow(), 5).instance_id
    client.pause(instance_id=instance, **ANN)
    with undriven():
        client.signal(instance_id=instance, name="go")
    clock.skip(timedelta(days=2))

    paused = go_on(instance)
    row = Instance.objects.get(pk=instance)
    assert (paused.status, row.wake_at, len(ledger.calls)) == ("PAUSED", None, 1)
    assert row.paused_at is not None

    client.resume(instance_id=instance, **ANN)
    ended = go_on(instance)
    assert (ended.status, ended.result) == ("COMPLETED", 5)
    assert staff_events(ended) == [("PAUSED", "ann", "because"), ("RESUMED", "ann", "because")]
    assert_replays(instance)


def test_a_pause_during_a_step_comes_after_it() -> None:
    @step(name="pay")
    def paused_meanwhile(ctx: StepContext) -> int:
        client.pause(instance_id=ctx.instance_id, **ANN)
        return 1

    @workflow(name="meanwhile", timeout=None)
    def meanwhile(run: Run, nothing: None) -> int:
        one = run.step(paused_meanwhile)
        run.step(note, amount=1)
        run.step(note, amount=2)
        return one

    driven = drive(meanwhile, None)
    assert driven.status == "PAUSED"
    assert len(ledger.calls) <= 1

    client.resume(instance_id=driven.instance_id, **ANN)
    assert go_on(driven.instance_id).result == 1
    assert len(ledger.keys) == 2
    assert_replays(driven.instance_id)


def test_a_wait_whose_time_passed_in_the_pause_times_out_when_it_is_resumed(clock: FakeClock) -> None:
    instance = drive(flow(), 5).instance_id
    client.pause(instance_id=instance, **ANN)
    clock.skip(timedelta(days=2))
    client.resume(instance_id=instance, **ANN)

    assert go_on(instance).status == "COMPLETED"


def test_a_rollback_can_be_paused_and_goes_on_rolling_back() -> None:
    @step(name="UNDO", retry=RetryPolicy(initial_interval=timedelta(hours=1), maximum_interval=timedelta(hours=1)))
    def slow_undo(ctx: StepContext) -> None:
        if ctx.attempt == 1:
            raise ConnectionError("later")

    @step(undo=slow_undo)
    def once(ctx: StepContext) -> None:
        """Something."""

    @workflow(name="rolling", timeout=None)
    def rolling(run: Run, nothing: None) -> None:
        run.step(once)
        run.wait_for("go")

    instance = drive(rolling, None).instance_id
    client.cancel(instance_id=instance, **ANN)
    from workflow.testing.driving import direct_host

    direct_host().take_one()
    assert client.describe(instance).status == "COMPENSATING"
    client.pause(instance_id=instance, **ANN)
    assert go_on(instance).status == "PAUSED"
    client.resume(instance_id=instance, **ANN)
    assert go_on(instance).status == "COMPENSATED"
    assert_replays(instance)


# -- incidents --------------------------------------------------------------------------------------------------------


def test_resume_tries_again_what_stands_in_an_incident() -> None:
    driven = blocked()
    client.resume(instance_id=driven.instance_id, **ANN)

    assert go_on(driven.instance_id, Send("go")).result == 5
    incident = Incident.objects.get(instance_id=driven.instance_id)
    assert (incident.status, incident.resolved_by) == ("RESOLVED", "ann")
    assert_replays(driven.instance_id)


def test_an_incident_that_comes_again_is_open_once() -> None:
    driven = blocked()
    ledger.troubles = ["BEFORE"]
    client.resume(instance_id=driven.instance_id, **ANN)

    assert go_on(driven.instance_id).waiting_for == ["INCIDENT"]
    assert Incident.objects.filter(instance_id=driven.instance_id, status="OPEN").count() == 1
    assert Incident.objects.filter(instance_id=driven.instance_id).count() == 2


def test_a_step_is_retried_with_an_edited_input_and_its_first_input_stays_its_identity() -> None:
    driven = blocked()
    client.retry_step(instance_id=driven.instance_id, step_key="pay#1", input={"amount": 7}, **ANN)

    ended = go_on(driven.instance_id, Send("go"))

    assert ended.result == 7
    assert ended.of("STEP_STARTED")[0].payload["input"] == {"amount": 5}
    assert_replays(driven.instance_id)


def test_an_edited_input_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    driven = blocked()
    with pytest.raises(InvalidInput):
        client.retry_step(instance_id=driven.instance_id, step_key="pay#1", input={"amount": "much"}, **ANN)
    assert go_on(driven.instance_id).event_types == driven.event_types


def test_staff_say_what_a_step_answered() -> None:
    driven = blocked()
    client.complete_step(instance_id=driven.instance_id, step_key="pay#1", output=9, **ANN)

    ended = go_on(driven.instance_id, Send("go"))

    assert (ended.result, len(ledger.calls)) == (9, 2)
    assert [e.payload["verb"] for e in ended.of("STAFF_ACTION")] == ["COMPLETE_STEP"]
    assert_replays(driven.instance_id)


def test_an_output_that_does_not_fit_the_steps_type_is_refused() -> None:
    driven = blocked()
    with pytest.raises(InvalidInput):
        client.complete_step(instance_id=driven.instance_id, step_key="pay#1", output="much", **ANN)


def test_a_step_is_skipped_with_an_output_of_staffs() -> None:
    driven = blocked()
    client.skip_step(instance_id=driven.instance_id, step_key="pay#1", output=0, **ANN)

    ended = go_on(driven.instance_id, Send("go"))
    assert ended.result == 0
    assert [e.payload["verb"] for e in ended.of("STAFF_ACTION")] == ["SKIP_STEP"]


def test_a_cancel_out_of_an_incident_rolls_back_and_resolves_it() -> None:
    driven = blocked()
    client.cancel(instance_id=driven.instance_id, **ANN)

    assert go_on(driven.instance_id).status == "CANCELLED"
    assert Incident.objects.get(instance_id=driven.instance_id).status == "RESOLVED"


def test_an_incident_that_blocks_an_instance_is_ended_by_deciding_its_instance() -> None:
    driven = blocked()
    incident = Incident.objects.get(instance_id=driven.instance_id)
    client.acknowledge_incident(incident_id=incident.pk, actor_id="ann")
    with pytest.raises(NotPossibleNow):
        client.resolve_incident(incident_id=incident.pk, actor_id="ann", resolution="wishful")
    assert Incident.objects.get(pk=incident.pk).status == "ACKNOWLEDGED"


def test_an_auditors_incident_is_open_once_per_subject_and_resolved_by_hand() -> None:
    def found() -> int:
        return client.open_incident(kind="AUDIT", message="differs", subject="account:7")

    first = found()
    assert found() == first
    client.resolve_incident(incident_id=first, actor_id="ann", resolution="booked")
    assert found() != first


# -- restart ----------------------------------------------------------------------------------------------------------


def test_an_ended_instance_is_started_anew_and_says_from_which() -> None:
    driven = drive(flow(), 5, Send("go"))
    with undriven():
        again = client.restart(instance_id=driven.instance_id, **ANN)

    row = Instance.objects.get(pk=again.instance_id)
    assert (str(row.retried_from_id), row.input, row.correlation_id) == (
        driven.instance_id,
        5,
        Instance.objects.get(pk=driven.instance_id).correlation_id,
    )
    assert go_on(again.instance_id, Send("go")).status == "COMPLETED"


# -- what is left unread ----------------------------------------------------------------------------------------------


def test_a_signal_that_nobody_read_before_a_terminate_is_recorded_as_ignored() -> None:
    @step(name="pay")
    def meanwhile(ctx: StepContext) -> None:
        client.signal(instance_id=ctx.instance_id, name="word", data="unread")
        client.terminate(instance_id=ctx.instance_id, **ANN)

    @workflow(name="ending", timeout=None)
    def ending(run: Run, nothing: None) -> None:
        run.step(meanwhile)

    driven = drive(ending, None)

    assert driven.status == "CANCELLED"
    assert [(e.payload["data"], e.payload["ignored"]) for e in driven.of("SIGNAL_RECEIVED")] == [("unread", True)]
    assert_replays(driven.instance_id)


def test_an_action_that_nobody_judged_before_a_terminate_is_answered() -> None:
    @step
    def meanwhile(ctx: StepContext) -> None:
        client.act(instance_id=ctx.instance_id, action="NEXT", actor=client.Actor.USER, idempotency_key="k")
        client.terminate(instance_id=ctx.instance_id, **ANN)

    class Ending(Machine):
        name, version, initial = "ending", 1, "NEW"
        transitions = [Transition("NEW", "NEXT", "DONE", step=meanwhile)]

    instance = drive(Ending, {}).instance_id
    client.act(instance_id=instance, action="NEXT", actor=client.Actor.USER)

    with pytest.raises(client.WorkflowError, match="has ended"):
        client.act(instance_id=instance, action="NEXT", actor=client.Actor.USER, idempotency_key="k")
    assert go_on(instance).status == "CANCELLED"


# -- refusals ---------------------------------------------------------------------------------------------------------

VERBS = ["cancel", "terminate", "pause", "resume", "retry_step", "compensate", "resolve_compensation"]


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_to_an_ended_instance_is_refused_and_leaves_no_event(verb: str) -> None:
    driven = drive(flow(), 5, Send("go"))
    with pytest.raises((AlreadyFinished, NotPossibleNow)):
        getattr(client, verb)(instance_id=driven.instance_id, **ANN)
    assert go_on(driven.instance_id).event_types == driven.event_types


@pytest.mark.parametrize("verb", ["resume", "retry_step", "resolve_compensation"])
def test_a_command_that_does_not_fit_a_waiting_instance_is_refused(verb: str) -> None:
    driven = drive(flow(), 5)
    with pytest.raises((NotPossibleNow, InvalidInput)):
        getattr(client, verb)(instance_id=driven.instance_id, **ANN)
    assert go_on(driven.instance_id).event_types == driven.event_types


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_without_a_reason_is_refused(verb: str) -> None:
    driven = drive(flow(), 5)
    with pytest.raises(InvalidInput):
        getattr(client, verb)(instance_id=driven.instance_id, actor_id="ann", reason="  ")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("instance_id", ["no id at all", "01a203e5-a26e-711c-a77a-c3fa5f9d4c88"])
def test_a_command_to_nobody_is_not_found(verb: str, instance_id: str) -> None:
    with pytest.raises(InstanceNotFound):
        getattr(client, verb)(instance_id=instance_id, **ANN)


def test_a_machine_takes_staff_actions_as_actions() -> None:
    class Review(Machine):
        name, version, initial = "review", 1, "OPEN"
        transitions = [Transition("OPEN", "APPROVE", "DONE", actors={client.Actor.STAFF})]

    driven = drive(Review, {}, Send("APPROVE", actor=client.Actor.STAFF, actor_id="ann"))
    assert driven.of("SIGNAL_RECEIVED")[0].actor_id == "ann"
