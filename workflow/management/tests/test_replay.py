"""Replay finds what a changed code or a changed row would do, before any effect, and is silent otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from workflow import ApplicationFailure, Machine, Run, StepContext, Transition, step
from workflow.core.registry import registry
from workflow.engine.replayer import Verdict, replay, replay_fleet
from workflow.management.tests.changing import Code, add, calls, deploy, double, original, swapped
from workflow.models import StateSnapshot, WorkflowEvent
from workflow.testing import Send, drive, go_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_registry")]


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
    StateSnapshot.objects.filter(instance_id=instance.instance_id).delete()
    assert [d.what for d in replay(instance.instance_id).differences] == ["snapshot 4", "snapshot 7"]


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
