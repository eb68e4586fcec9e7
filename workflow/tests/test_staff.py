"""Staff commands are facts: who, why, before, after; each does what it says and is refused where it does not fit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow import RetryPolicy, Run, StepContext, client, step, workflow
from workflow.core.errors import InvalidInput, NotPossibleNow
from workflow.models import Incident, Instance, WorkflowEvent
from workflow.testing import Driven, FakeClock, Send, assert_replays, drive, go_on, undriven
from workflow.tests.blocking import ANN, blocked, flow, note
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db


def staff_events(driven: Driven) -> list[tuple[str, str | None, str | None]]:
    return [(str(e.type), e.actor_id, e.payload.get("reason")) for e in driven.events if e.actor == "STAFF"]


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
    started = WorkflowEvent.objects.get(instance_id=again.instance_id, event_type="STARTED")
    assert (started.actor_id, started.payload["reason"]) == (ANN["actor_id"], ANN["reason"])
    assert go_on(again.instance_id, Send("go")).status == "COMPLETED"
