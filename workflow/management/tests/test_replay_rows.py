"""Replay finds rows that are not what their history says; the command goes through the fleet and ends accordingly."""

from __future__ import annotations

from io import StringIO
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from workflow import Run
from workflow.core.registry import registry
from workflow.engine.replayer import ReplayReport, Verdict, replay, replay_fleet
from workflow.management.tests.changing import deploy, original, swapped
from workflow.models import Instance
from workflow.testing import Send, drive, go_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_registry")]


def tamper(sql: str, instance_id: str) -> ReplayReport:
    with connection.cursor() as cursor:
        cursor.execute(sql, [instance_id])
    return replay(instance_id)


def entering(run: Run, number: int) -> int:
    run.enter("HALF", seen=number)
    run.wait_for("go")
    return number


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("UPDATE workflow_instance SET state = 'ELSEWHERE' WHERE id = %s", "state"),
        ("UPDATE workflow_instance SET failure = '{}' WHERE id = %s", "failure"),
        ("UPDATE workflow_instance SET input = '7' WHERE id = %s", "input"),
        ("UPDATE workflow_instance SET sequence_number = sequence_number + 1 WHERE id = %s", "sequence_number"),
        ("UPDATE workflow_instance SET sequence_number = sequence_number - 1 WHERE id = %s", "sequence_number"),
        ("UPDATE state_snapshot SET data = '{\"memory\": {}}' WHERE instance_id = %s", "snapshot 2"),
        ("DELETE FROM state_snapshot WHERE instance_id = %s", "snapshot 2"),
    ],
)
def test_a_row_that_is_not_what_its_history_says_is_found(sql: str, what: str) -> None:
    instance = drive(deploy(entering), 1)
    assert replay(instance.instance_id).ok
    report = tamper(sql, instance.instance_id)
    assert report.verdict is Verdict.ROW_DIFFERS
    assert [difference.what for difference in report.differences] == [what]


def test_a_definition_that_is_gone_alarms_for_live_instances_only() -> None:
    live, ended = drive(deploy(original), 1), drive(deploy(original), 1)
    go_on(ended.instance_id, Send("go"))
    registry._definitions.clear()
    for instance, alarming in ((live, True), (ended, False)):
        report = replay(instance.instance_id)
        assert (report.verdict, report.alarming) == (Verdict.NO_DEFINITION, alarming)


# -- the command ------------------------------------------------------------------------------------------------------


def said(*words: str) -> list[dict[str, Any]]:
    out = StringIO()
    try:
        call_command("workflow_replay", *words, "--json", stdout=out)
    finally:
        lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    return lines


def test_the_command_counts_the_fleet_and_ends_with_an_error_when_one_would_diverge() -> None:
    ids = [drive(deploy(original), number).instance_id for number in (1, 2)]
    go_on(ids[0], Send("go"))
    assert said("--open")[-1]["counts"]["CLEAN"] == 1
    assert said("--workflow", "changing")[-1]["counts"]["CLEAN"] == 2
    assert said(*ids)[0]["instance_id"] == ids[0]
    deploy(swapped)
    out = StringIO()
    with pytest.raises(CommandError, match="1 instances would not go on"):
        call_command("workflow_replay", "--open", stdout=out)
    assert f"{ids[1]} changing v1 DIVERGED at event 2: The history holds STEP add#1" in out.getvalue()
    with pytest.raises(CommandError, match="Give ids"):
        call_command("workflow_replay")


def test_batches_cover_the_whole_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow.engine.replayer.BATCH_SIZE", 2)
    definition = deploy(original)
    ids = sorted(drive(definition, number).instance_id for number in range(5))
    assert [report.instance_id for report in replay_fleet(live_only=True)] == ids
    assert Instance.objects.count() == 5
