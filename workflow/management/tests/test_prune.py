"""Pruning takes what ended long ago as a whole, and nothing that is still needed: answers, counts, incidents."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any, ClassVar

import orjson
import pytest
from django.core.management import call_command
from django.db import connection

from workflow import ActionRefused, Machine, Run, StepContext, Transition, client, step, workflow
from workflow.client import Actor
from workflow.core.registry import registry
from workflow.engine import pruning, tallies
from workflow.models import (
    Idempotency,
    InboxMessage,
    Instance,
    OutboxMessage,
    StateSnapshot,
    StepExecution,
    Worker,
    WorkflowEvent,
)
from workflow.testing import FakeClock, drive, go_on

pytestmark = pytest.mark.django_db


@step
def note(ctx: StepContext, *, word: str) -> str:
    return word


def refuse(run: Run, data: dict[str, Any]) -> dict[str, Any]:
    raise ActionRefused("Not today.", code="not-today", day="today")


with registry.isolated():

    @workflow(name="short")
    def short(run: Run, word: str) -> str:
        run.publish("said", {"word": word})
        return run.step(note, word=word)

    class Door(Machine):
        name, version, initial = "door", 1, "SHUT"
        transitions: ClassVar = [
            Transition("SHUT", "KNOCK", "SHUT", do=refuse),
            Transition("SHUT", "OPEN", "OPENED"),
        ]


@pytest.fixture(autouse=True)
def known() -> Any:
    with registry.isolated(short, Door.definition):
        yield


def act(instance_id: str, action: str, key: str) -> client.ActionResult:
    return client.act(instance_id=instance_id, action=action, actor=Actor.USER, idempotency_key=key)


def rows_of(instance_id: str) -> int:
    models = (WorkflowEvent, StepExecution, StateSnapshot, InboxMessage)
    return sum(model.objects.filter(instance_id=instance_id).count() for model in models)


def test_what_ended_long_ago_goes_as_a_whole_and_the_rest_stays(clock: FakeClock) -> None:
    old = drive(short, "old").instance_id
    live = drive(Door, None).instance_id
    clock.skip(timedelta(days=20))
    young = drive(short, "young").instance_id
    clock.skip(timedelta(days=10, hours=1))
    report = pruning.run_once()
    assert (report.instances, report.steps, report.snapshots) == (1, 1, 0)
    assert set(map(str, Instance.objects.values_list("pk", flat=True))) == {live, young}
    assert rows_of(old) == 0
    assert rows_of(live) > 0
    assert rows_of(young) > 0


def test_a_repeated_key_is_answered_as_before_after_its_instance_is_gone(clock: FakeClock) -> None:
    instance_id = client.start(Door, None, idempotency_key="start").instance_id
    go_on(instance_id)
    with pytest.raises(ActionRefused):
        act(instance_id, "KNOCK", "knock")
    opened = act(instance_id, "OPEN", "open")
    assert (opened.outcome, opened.state) == ("done", "OPENED")
    clock.skip(timedelta(days=31))
    assert pruning.run_once().instances == 1
    assert client.start(Door, None, idempotency_key="start").instance_id == instance_id
    again = act(instance_id, "OPEN", "open")
    assert (again.outcome, again.state, again.status) == ("done", "OPENED", "COMPLETED")
    with pytest.raises(ActionRefused) as refused:
        act(instance_id, "KNOCK", "knock")
    assert (refused.value.code, refused.value.data) == ("not-today", {"day": "today"})
    clock.skip(timedelta(days=370))
    assert pruning.run_once().idempotency == 3
    assert not Idempotency.objects.exists()


def test_counters_do_not_fall(clock: FakeClock) -> None:
    for word in ("a", "b", "c"):
        drive(short, word)
    before = tallies.count_all()
    clock.skip(timedelta(days=31))
    assert pruning.run_once().instances == 3
    assert tallies.count_all() == before
    assert [(c.outcome, c.count) for c in before if c.measure == "EXECUTION"] == [("COMPLETED", 3)]


def test_an_open_incident_keeps_its_instance(clock: FakeClock) -> None:
    instance_id = drive(short, "audited").instance_id
    number = client.open_incident(kind="AUDIT", message="Differs.", subject="sum", instance_id=instance_id)
    clock.skip(timedelta(days=31))
    assert pruning.run_once().instances == 0
    client.resolve_incident(incident_id=number, actor_id="ada", resolution="Counted again.")
    assert (report := pruning.run_once()).instances == 1
    assert report.incidents == 1


def test_unpublished_messages_stay_until_they_are_published(clock: FakeClock) -> None:
    drive(short, "message")
    clock.skip(timedelta(days=31))
    assert pruning.run_once().outbox == 0
    message = OutboxMessage.objects.get()
    OutboxMessage.objects.update(published_at=message.created_at)
    assert pruning.run_once().outbox == 1


def test_workers_that_ended_long_ago_go_and_living_ones_stay(clock: FakeClock) -> None:
    facts = {
        "kind": "worker",
        "host": "h",
        "pid": 1,
        "slots": 1,
        "started_at": clock.now(),
        "heartbeat_at": clock.now(),
    }
    Worker.objects.create(id="019a0000-0000-7000-8000-000000000001", stopped_at=clock.now(), **facts)
    Worker.objects.create(id="019a0000-0000-7000-8000-000000000002", stopped_at=None, **facts)
    clock.skip(timedelta(days=31))
    assert pruning.run_once().workers == 1


def test_batches_go_on_until_nothing_is_left_or_the_limit_is_reached(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH_SIZE", 2)
    for number in range(7):
        drive(short, str(number))
    clock.skip(timedelta(days=31))
    assert pruning.run_once(limit=3).instances == 3
    assert pruning.run_once().instances == 4


def test_history_can_be_deleted_by_pruning_alone(clock: FakeClock) -> None:
    drive(short, "kept")
    clock.skip(timedelta(days=31))
    pruning.run_once(limit=0)
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_event")


def test_the_command_counts_first_prunes_then_and_obeys_the_switch(clock: FakeClock, settings: Any) -> None:
    drive(short, "old")
    clock.skip(timedelta(days=31))
    assert said("--dry-run")["instances"] == 1
    assert said("--dry-run")["events"] == 5
    settings.WORKFLOW_CLEANUP_ENABLED = False
    switched_off = said()
    assert (switched_off["enabled"], switched_off["instances"]) == (False, 0)
    settings.WORKFLOW_CLEANUP_ENABLED = True
    assert said()["instances"] == 1
    assert said()["instances"] == 0


def said(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("workflow_prune", *words, "--json", stdout=out)
    found: dict[str, Any] = orjson.loads(out.getvalue())
    return found
