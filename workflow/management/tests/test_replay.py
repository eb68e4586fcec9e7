"""Replay finds what a changed code or a changed row would do, before any effect, and is silent otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any, ClassVar

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from workflow import ApplicationFailure, Machine, Run, StepContext, Transition, step, workflow
from workflow.core.definition import Definition
from workflow.core.registry import registry
from workflow.engine.replayer import ReplayReport, Verdict, replay, replay_fleet
from workflow.models import Instance, WorkflowEvent
from workflow.testing import Send, drive, go_on

pytestmark = pytest.mark.django_db
Code = Callable[[Run, int], int]
calls: list[str] = []


@pytest.fixture(autouse=True)
def own_registry() -> Iterator[None]:
    calls.clear()
    with registry.isolated():
        yield


@step
def undo_add(ctx: StepContext, *, number: int) -> None:
    calls.append("undo")


@step(undo=undo_add)
def add(ctx: StepContext, *, number: int) -> int:
    calls.append("add")
    return number + 1


@step
def double(ctx: StepContext, *, number: int) -> int:
    calls.append("double")
    return number * 2


def deploy(code: Code) -> Definition[int, int]:
    """This code is `changing` version 1 from now on."""
    registry._definitions.clear()
    made: Definition[int, int] = workflow(name="changing", timeout=None)(code)
    return made


def original(run: Run, number: int) -> int:
    number = run.step(add, number=number)
    number = run.step(double, number=number)
    signal = run.wait_for("go")
    assert signal is not None
    return run.step(add, number=number)


def swapped(run: Run, number: int) -> int:
    number = run.step(double, number=number)
    number = run.step(add, number=number)
    run.wait_for("go")
    return number


def shortened(run: Run, number: int) -> int:
    return run.step(add, number=number)


def inserted(run: Run, number: int) -> int:
    run.side_effect("nonce", lambda: calls.append("side effect"))
    return original(run, number)


def with_another_input(run: Run, number: int) -> int:
    number = run.step(add, number=number + 1)
    number = run.step(double, number=number)
    run.wait_for("go")
    return number


def waiting_for_another(run: Run, number: int) -> int:
    number = run.step(add, number=number)
    number = run.step(double, number=number)
    run.wait_for("stop")
    return number


def failing(run: Run, number: int) -> int:
    number = run.step(add, number=number)
    raise ApplicationFailure("No.", type="UNWANTED")


def broken(run: Run, number: int) -> int:
    number = run.step(add, number=number)
    raise KeyError("a bug")


def extended(run: Run, number: int) -> int:
    number = original(run, number)
    return run.step(double, number=number)


def test_an_unchanged_code_replays_clean_and_does_nothing() -> None:
    instance = drive(deploy(original), 1)
    before, events = list(calls), WorkflowEvent.objects.count()
    assert replay(instance.instance_id).verdict is Verdict.CLEAN
    assert (calls, WorkflowEvent.objects.count()) == (before, events)
    go_on(instance.instance_id, Send("go"))
    report = replay(instance.instance_id)
    assert (report.verdict, report.is_live) == (Verdict.CLEAN, False)


@pytest.mark.parametrize(
    ("code", "position", "expected", "found"),
    [
        (swapped, 1, "STEP add#1", "STEP double#1"),
        (shortened, 2, "STEP double#1", "the end of the code"),
        (inserted, 1, "STEP add#1", "SIDE_EFFECT nonce#1"),
        (with_another_input, 1, "add#1 with input {'number': 1}", "input {'number': 2}"),
        (waiting_for_another, 3, "WAIT go", "WAIT stop"),
        (failing, 2, "STEP double#1", "the failure UNWANTED"),
        (broken, 2, "STEP double#1", "an error: KeyError: 'a bug'"),
    ],
)
def test_a_changed_code_is_found_with_the_place_and_without_effect(
    code: Code, position: int, expected: str, found: str
) -> None:
    instance = drive(deploy(original), 1)
    before = list(calls)
    deploy(code)
    report = replay(instance.instance_id)
    assert report.verdict is Verdict.DIVERGED
    assert report.divergence is not None
    assert (report.divergence.position, report.divergence.expected, report.divergence.found) == (
        position,
        expected,
        found,
    )
    assert report.divergence.sequence_number is not None
    assert calls == before


def test_what_only_comes_later_is_no_divergence_for_a_live_instance_and_one_for_an_ended() -> None:
    live, ended = drive(deploy(original), 1), drive(deploy(original), 2)
    go_on(ended.instance_id, Send("go"))
    deploy(extended)
    assert replay(live.instance_id).ok
    report = replay(ended.instance_id)
    assert report.divergence is not None
    assert report.divergence.expected == "COMPLETED with its result"
    assert report.divergence.found == "STEP double#2 (not in the history)"


def test_another_result_is_a_divergence() -> None:
    instance = drive(deploy(returning(10)), 1)
    assert replay(instance.instance_id).ok
    deploy(returning(11))
    assert replay(instance.instance_id).verdict is Verdict.DIVERGED


def returning(result: int) -> Code:
    def code(run: Run, number: int) -> int:
        return run.step(add, number=number) * 0 + result

    return code


def rolled_back(run: Run, number: int) -> int:
    run.step(add, number=number)
    raise ApplicationFailure("Enough.", type="ENOUGH")


def test_a_rollback_replays_clean_and_its_forward_code_must_fail_alike() -> None:
    instance = drive(deploy(rolled_back), 1)
    assert instance.status == "COMPENSATED"
    assert replay(instance.instance_id).ok
    deploy(failing)
    report = replay(instance.instance_id)
    assert report.divergence is not None
    assert (report.divergence.expected, report.divergence.found) == ("COMPENSATING (ENOUGH)", "the failure UNWANTED")


@step
def take_nothing(ctx: StepContext, *, number: int) -> int:
    return number + 1


def test_a_continued_history_is_replayed_from_its_last_beginning() -> None:
    def chain(run: Run, number: int) -> int:
        number = run.step(take_nothing, number=number)
        if number < 4:
            run.continue_as(number)
        return number

    instance = drive(deploy(chain), 1)
    assert (instance.status, instance.result) == ("COMPLETED", 4)
    assert replay(instance.instance_id).ok


def test_a_machine_is_replayed_from_the_beginning() -> None:
    class Light(Machine):
        name, version, initial = "light", 1, "RED"
        transitions: ClassVar = [
            Transition("RED", "NEXT", "GREEN", do=look),
            Transition("GREEN", "NEXT", "OFF"),
            Transition("GREEN", after=timedelta(hours=1), to="DARK"),
        ]

    waiting, ended, dark = (drive(Light, None, *[Send("NEXT")] * sent) for sent in (1, 2, 1))
    go_on(dark.instance_id, skip_limits=True)
    assert [report.verdict for report in replay_fleet(live_only=False)] == [Verdict.CLEAN] * 3

    class Other(Machine, abstract=True):
        name, version, initial = "light", 1, "RED"
        transitions: ClassVar = [
            Transition("RED", "NEXT", "YELLOW", do=look),
            Transition("YELLOW", "NEXT", "OFF"),
        ]

    registry._definitions.clear()
    Other.__init_subclass__()
    report = replay(waiting.instance_id)
    assert report.divergence is not None
    assert (report.divergence.expected, report.divergence.found) == ("ENTER GREEN", "ENTER YELLOW")
    assert not replay(ended.instance_id).ok


def look(run: Run, data: dict[str, Any]) -> dict[str, Any]:
    return {"seen": run.step(add, number=1)}


# -- the row ----------------------------------------------------------------------------------------------------------


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
