"""A staff command that does not fit is refused and leaves no event; what is left unread at an end is recorded."""

from __future__ import annotations

import pytest

from workflow import Machine, Run, StepContext, Transition, client, step, workflow
from workflow.core.errors import AlreadyFinished, InstanceNotFound, InvalidInput, NotPossibleNow
from workflow.testing import Send, assert_replays, drive, go_on
from workflow.tests.blocking import ANN, flow

pytestmark = pytest.mark.django_db


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
