"""A history that is too long asks staff; a rollback of it finishes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from workflow import Run, StepContext, client, step, workflow
from workflow.core.definition import Definition
from workflow.core.registry import registry
from workflow.models import Incident
from workflow.testing import assert_replays, drive, go_on

pytestmark = pytest.mark.django_db

EVENTS_MAX = 6
undone: list[int] = []


@step
def take_back(ctx: StepContext, *, number: int) -> None:
    undone.append(number)


@step(undo=take_back)
def give(ctx: StepContext, *, number: int) -> int:
    return number


@pytest.fixture
def giving(settings: Any) -> Iterator[Definition[Any, Any]]:
    settings.WORKFLOW_HISTORY_MAXIMUM_EVENTS = EVENTS_MAX
    undone.clear()
    with registry.isolated():

        @workflow(name="giving", timeout=None)
        def giving(run: Run, times: int) -> int:
            for number in range(times):
                run.step(give, number=number)
            return times

        yield giving


def test_a_history_that_is_too_long_is_an_incident_and_goes_on_where_it_may_be_longer(
    giving: Definition[Any, Any], settings: Any
) -> None:
    driven = drive(giving, 5)
    assert driven.waiting_for == ["INCIDENT"]
    assert driven.events[-1].payload["kind"] == "HISTORY_TOO_LONG"

    settings.WORKFLOW_HISTORY_MAXIMUM_EVENTS = 1_000
    client.resume(instance_id=driven.instance_id, actor_id="ann", reason="it may be longer")
    assert go_on(driven.instance_id).result == 5


def test_a_rollback_finishes_however_long_the_history_is(giving: Definition[Any, Any]) -> None:
    driven = drive(giving, 5)
    client.cancel(instance_id=driven.instance_id, actor_id="ann", reason="it runs in circles")

    after = go_on(driven.instance_id)

    assert after.status == "COMPENSATED"
    assert undone == sorted(undone, reverse=True)
    assert len(undone) == len(driven.of("STEP_COMPLETED"))
    assert_replays(driven.instance_id)


def test_a_long_history_is_told_of_once_and_goes_on(giving: Definition[Any, Any], settings: Any) -> None:
    settings.WORKFLOW_HISTORY_WARNING_EVENTS = 4
    settings.WORKFLOW_HISTORY_MAXIMUM_EVENTS = 1_000
    driven = drive(giving, 5)
    assert driven.result == 5
    warning = Incident.objects.get(instance_id=driven.instance_id)
    assert (warning.kind, warning.severity) == ("HISTORY_TOO_LONG", "WARNING")


def test_continue_as_begins_to_count_anew(settings: Any) -> None:
    settings.WORKFLOW_HISTORY_MAXIMUM_EVENTS = 8
    with registry.isolated():

        @step
        def note(ctx: StepContext, *, number: int) -> int:
            return number

        @workflow(name="counting", timeout=None)
        def counting(run: Run, left: int) -> int:
            run.step(note, number=left)
            if left:
                run.continue_as(left - 1)
            return left

        assert drive(counting, 6).result == 0
