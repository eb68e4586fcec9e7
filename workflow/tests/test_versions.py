"""Instances keep the logic they started with; new ones get the new logic; both run side by side."""

from __future__ import annotations

from typing import Any

import pytest

from workflow import Machine, Run, StepContext, Transition, client, step, workflow
from workflow.core.errors import UnknownDefinition
from workflow.core.registry import registry
from workflow.models import Incident, Instance, StateSnapshot
from workflow.testing import Driven, Send, assert_replays, drive, go_on
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
CHANGE = "email-rule"


@step
def note(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


def deployed(changes: dict[str, int], minimum: int = 1, maximum: int = 2) -> Any:
    """The code of one deployment: what it lists as changes, and what it supports."""

    @workflow(name="flow", timeout=None, changes=changes)
    def flow(run: Run, nothing: None) -> list[int]:
        run.wait_for("first")
        one = run.version(CHANGE, minimum, maximum)
        run.wait_for("second")
        return [one, run.version(CHANGE, minimum, maximum)]

    return flow


def test_new_instances_get_the_new_logic_and_old_ones_keep_theirs() -> None:
    with registry.isolated():
        old = drive(deployed({CHANGE: 1}), None)
    with registry.isolated():
        new = drive(deployed({CHANGE: 2}), None)

        assert go_on(old.instance_id, Send("first"), Send("second")).result == [1, 1]
        assert go_on(new.instance_id, Send("first"), Send("second")).result == [2, 2]
        assert_replays(old.instance_id)
        assert_replays(new.instance_id)


def test_an_instance_from_before_the_change_takes_the_minimum() -> None:
    with registry.isolated():

        @workflow(name="flow", timeout=None)
        def flow(run: Run, nothing: None) -> list[int]:
            run.wait_for("first")
            run.wait_for("second")
            return []

        old = drive(flow, None)
    with registry.isolated():
        deployed({CHANGE: 2})
        assert go_on(old.instance_id, Send("first"), Send("second")).result == [1, 1]


def test_the_marker_is_recorded_once_and_takes_no_position() -> None:
    driven = drive(deployed({CHANGE: 2}), None, Send("first"), Send("second"))

    assert [event.payload for event in driven.of("VERSION_MARKER")] == [{"change": CHANGE, "version": 2}]
    assert [e.payload["position"] for e in driven.of("WAIT_STARTED")] == [1, 2]


def test_a_marker_outlives_a_change_of_the_deployed_default() -> None:
    with registry.isolated():
        driven = drive(deployed({CHANGE: 1}), None, Send("first"))
    with registry.isolated():
        deployed({CHANGE: 2})
        assert go_on(driven.instance_id, Send("second")).result == [1, 1]


def test_a_version_that_the_code_no_longer_supports_is_an_incident() -> None:
    with registry.isolated():
        driven = drive(deployed({CHANGE: 1}), None)
    with registry.isolated():
        deployed({CHANGE: 2}, minimum=2)
        blocked = go_on(driven.instance_id, Send("first"))
        assert blocked.waiting_for == ["INCIDENT"]
        assert "pinned" in Incident.objects.get(instance_id=driven.instance_id).message


def test_a_change_that_the_code_does_not_list_is_an_error() -> None:
    assert drive(deployed({}), None, Send("first")).waiting_for == ["INCIDENT"]


def test_a_worker_leaves_instances_alone_whose_changes_it_does_not_know() -> None:
    with registry.isolated():
        driven = drive(deployed({CHANGE: 2}), None)
    with registry.isolated():
        deployed({CHANGE: 1})
        client.signal(instance_id=driven.instance_id, name="first")
        from workflow.testing.driving import direct_host

        assert not direct_host().take_one()
    with registry.isolated():
        deployed({CHANGE: 2})
        assert go_on(driven.instance_id, Send("second")).result == [2, 2]


def machine(number: int, *, extra: bool = False) -> type[Machine]:
    class Door(Machine):
        name, version, initial = "door", number, "CLOSED"
        transitions = [
            Transition("CLOSED", "OPEN", "OPENED"),
            Transition("OPENED", "CLOSE", "LOCKED" if number == 2 else "SHUT"),
        ]

    return Door


def test_versions_of_a_machine_run_side_by_side() -> None:
    first = drive(machine(1), {}, Send("OPEN"))
    second = drive(machine(2), {}, Send("OPEN"))
    assert drive("door", {}).events[0].payload["version"] == 2

    assert go_on(first.instance_id, Send("CLOSE")).state == "SHUT"
    assert go_on(second.instance_id, Send("CLOSE")).state == "LOCKED"


def test_an_unknown_workflow_or_version_starts_nothing() -> None:
    machine(1)
    with pytest.raises(UnknownDefinition):
        client.start("door", {}, version=9)
    with pytest.raises(UnknownDefinition):
        client.start("window", {})
    assert Instance.objects.count() == 0


# -- long histories ---------------------------------------------------------------------------------------------------


def counting(per_history: int = 3) -> Any:
    @workflow(name="counting", timeout=None)
    def count(run: Run, number: int) -> int:
        for _ in range(per_history):
            run.step(note, amount=1)
            number += 1
        if number < 9:
            run.continue_as(number)
        return number

    return count


def test_a_function_continues_as_a_new_history_of_the_same_instance() -> None:
    driven = drive(counting(), 0, business_key="counter")

    assert (driven.status, driven.result, ledger.balance) == ("COMPLETED", 9, 9)
    assert [event.payload["input"] for event in driven.of("CONTINUED")] == [3, 6]
    assert len({event.step_key for event in driven.of("STEP_COMPLETED")}) == 9
    assert_replays(driven.instance_id)


def test_a_turn_reads_from_the_last_new_history_on() -> None:
    @workflow(name="counting", timeout=None)
    def count(run: Run, number: int) -> int:
        run.step(note, amount=1)
        run.wait_for("go")
        if number < 2:
            run.continue_as(number + 1)
        return number

    driven = drive(count, 0, Send("go"), Send("go"))
    cursor = StateSnapshot.objects.filter(instance_id=driven.instance_id).latest("sequence_number")

    assert cursor.sequence_number == driven.of("CONTINUED")[-1].sequence_number
    assert go_on(driven.instance_id, Send("go")).result == 2
    assert_replays(driven.instance_id)


def test_signals_nobody_took_yet_are_carried_into_the_new_history() -> None:
    @workflow(name="carrying", timeout=None)
    def carrying(run: Run, number: int) -> Any:
        if number == 0:
            run.wait_for("go")
            run.continue_as(1)
        word = run.wait_for("word")
        return word and word.data

    from workflow.testing import undriven

    with undriven():
        instance = client.start(carrying, 0).instance_id
        client.signal(instance_id=instance, name="word", data="kept")
    assert go_on(instance, Send("go")).result == "kept"


def test_continue_as_is_refused_while_undos_are_open() -> None:
    @step(name="UNDO")
    def undo(ctx: StepContext) -> None:
        ledger.reverse(ctx.original_key)

    @step(undo=undo)
    def act(ctx: StepContext) -> int:
        return ledger.do(ctx.idempotency_key, 1)

    @workflow(name="forgetful", timeout=None)
    def forgetful(run: Run, number: int) -> None:
        run.step(act)
        run.continue_as(number + 1)

    driven = drive(forgetful, 0)
    assert driven.waiting_for == ["INCIDENT"]
    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="stop")
    assert go_on(driven.instance_id).status == "COMPENSATED"
    assert ledger.balance == 0


def test_a_history_that_grows_too_long_is_an_incident_never_a_kill(settings: Any) -> None:
    settings.WORKFLOW_HISTORY_MAXIMUM_EVENTS = 20

    @workflow(name="endless", timeout=None)
    def endless(run: Run, nothing: None) -> None:
        while True:
            run.step(note, amount=1)

    driven: Driven = drive(endless, None)
    assert driven.waiting_for == ["INCIDENT"]
    assert Incident.objects.get(instance_id=driven.instance_id).kind == "HISTORY_TOO_LONG"
