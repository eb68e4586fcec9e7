"""Changed code is found on replay before any effect: an incident, never a loop; put the code back, resume, it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from workflow import ApplicationFailure, RetryPolicy, Run, StepContext, call, client, step, workflow
from workflow.core.registry import registry
from workflow.models import Incident
from workflow.testing import Driven, Send, assert_replays, drive, go_on
from workflow.tests.ledger import ledger

pytestmark = pytest.mark.django_db
Drive = Callable[[Run, int], int]


@step
def first(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def second(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step
def third(ctx: StepContext, *, amount: int, text: str = "") -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(retry=RetryPolicy(initial_interval=timedelta(hours=1), maximum_interval=timedelta(hours=1)))
def slow(ctx: StepContext, *, amount: int) -> int:
    """Fails until its second attempt, an hour later."""
    if ctx.attempt == 1:
        raise ConnectionError("later")
    return ledger.do(ctx.idempotency_key, amount)


@contextmanager
def deployed(code: Drive) -> Iterator[Any]:
    """This code is what is on disk now."""

    def drive_it(run: Run, amount: int) -> int:
        return code(run, amount)

    with registry.isolated():
        yield workflow(name="flow", timeout=None)(drive_it)


def original(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.step(second, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def reordered(run: Run, amount: int) -> int:
    run.step(second, amount=amount)
    run.step(first, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def renamed(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.step(third, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def removed(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def swapped_kind(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.side_effect("second", lambda: 1)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def other_input(run: Run, amount: int) -> int:
    run.step(first, amount=amount + 1)
    run.step(second, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("go")
    return run.step(third, amount=amount)


def other_signal(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.step(second, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.wait_for("stop")
    return run.step(third, amount=amount)


def inserted(run: Run, amount: int) -> int:
    run.step(third, amount=amount)
    return original(run, amount)


def dropped_at_the_end(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    return amount


def sleeps_instead(run: Run, amount: int) -> int:
    run.step(first, amount=amount)
    run.step(second, amount=amount)
    run.side_effect("draw", lambda: 1)
    run.sleep(timedelta(days=1))
    return run.step(third, amount=amount)


CHANGES = [
    reordered,
    renamed,
    removed,
    swapped_kind,
    other_input,
    other_signal,
    inserted,
    dropped_at_the_end,
    sleeps_instead,
]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda code: code.__name__)
def test_changed_commands_are_an_incident_before_any_effect_and_end_once_the_code_is_put_back(changed: Drive) -> None:
    with deployed(original) as definition:
        waiting = drive(definition, 5)
        assert waiting.waiting_for == ["go"]
    calls = list(ledger.calls)

    with deployed(changed):
        client.signal(instance_id=waiting.instance_id, name="go")
        blocked = go_on(waiting.instance_id)

        assert (blocked.status, blocked.waiting_for) == ("ACTIVE", ["INCIDENT"])
        assert Incident.objects.get(instance_id=blocked.instance_id).kind == "DIVERGENCE"
        assert ledger.calls == calls
        assert go_on(blocked.instance_id).event_types == blocked.event_types  # no loop

    with deployed(original):
        client.resume(instance_id=blocked.instance_id, actor_id="ann", reason="put back")
        ended = go_on(blocked.instance_id)

        assert (ended.status, ended.result) == ("COMPLETED", 5)
        assert Incident.objects.get(instance_id=blocked.instance_id).status == "RESOLVED"
        assert_replays(blocked.instance_id)


def test_several_that_diverged_are_resumed_one_by_one_and_all_end() -> None:
    with deployed(original) as definition:
        waiting = [drive(definition, amount).instance_id for amount in (1, 2, 3)]
    with deployed(reordered):
        for instance in waiting:
            client.signal(instance_id=instance, name="go")
            assert go_on(instance).waiting_for == ["INCIDENT"]
    with deployed(original):
        for instance in waiting:
            client.resume(instance_id=instance, actor_id="ann", reason="put back")
        assert [go_on(instance).result for instance in waiting] == [1, 2, 3]


def test_a_message_that_stands_in_the_inbox_makes_no_loop_of_a_divergence() -> None:
    with deployed(original) as definition:
        waiting = drive(definition, 5, signal=("early", 1))
        assert waiting.waiting_for == ["go"]
    with deployed(reordered):
        client.signal(instance_id=waiting.instance_id, name="go")
        assert go_on(waiting.instance_id).waiting_for == ["INCIDENT"]
    with deployed(original):
        client.resume(instance_id=waiting.instance_id, actor_id="ann", reason="put back")
        assert go_on(waiting.instance_id).status == "COMPLETED"


def parallel_and_more(run: Run, amount: int) -> int:
    return sum(run.parallel(call(slow, amount=amount), call(second, amount=amount)))


def only_the_slow_one(run: Run, amount: int) -> int:
    return run.step(slow, amount=amount)


def test_a_step_that_is_still_open_is_not_called_when_later_commands_were_dropped() -> None:
    """The open step stands before the dropped one: its effect would come before the end of the code tells."""
    with deployed(parallel_and_more) as definition:
        instance = client.start(definition, 5).instance_id
        assert ledger.keys == ["second#1:1"]
    with deployed(only_the_slow_one):
        blocked = go_on(instance)
        assert blocked.waiting_for == ["INCIDENT"]
        assert ledger.keys == ["second#1:1"]
    with deployed(parallel_and_more):
        client.resume(instance_id=instance, actor_id="ann", reason="put back")
        assert go_on(instance).result == 10


def test_a_parameter_added_with_a_default_is_the_same_input() -> None:
    def before(run: Run, amount: int) -> int:
        run.step(third_of_old, amount=amount)
        run.wait_for("go")
        return amount

    def after(run: Run, amount: int) -> int:
        run.step(third, amount=amount)
        run.wait_for("go")
        return amount

    @step(name="third")
    def third_of_old(ctx: StepContext, *, amount: int) -> int:
        return amount

    with deployed(before) as definition:
        waiting = drive(definition, 5)
    with deployed(after):
        assert go_on(waiting.instance_id, Send("go")).status == "COMPLETED"


def test_a_bug_of_the_workflow_code_blocks_that_instance_alone_and_is_not_undone() -> None:
    def buggy(run: Run, amount: int) -> int:
        run.step(first, amount=amount)
        if amount == 5:
            raise KeyError("a bug")
        return amount

    with deployed(buggy) as definition:
        driven, other = drive(definition, 5), drive(definition, 6)
        assert (driven.status, driven.waiting_for) == ("ACTIVE", ["INCIDENT"])
        incident = Incident.objects.get(instance_id=driven.instance_id)
        assert (incident.kind, "KeyError" in incident.message) == ("WORKFLOW_BUG", True)
        assert other.status == "COMPLETED"

    def fixed(run: Run, amount: int) -> int:
        return run.step(first, amount=amount)

    with deployed(fixed):
        client.resume(instance_id=driven.instance_id, actor_id="ann", reason="fixed")
        assert go_on(driven.instance_id).result == 5


def test_a_command_in_finally_during_suspension_is_refused_and_changes_nothing() -> None:
    def cleaning(run: Run, amount: int) -> int:
        try:
            run.wait_for("go")
        finally:
            run.step(first, amount=amount)
        return amount

    with deployed(cleaning) as definition:
        driven = drive(definition, 5)
        assert driven.waiting_for == ["INCIDENT"]
        assert ledger.calls == []
        assert "finally" in Incident.objects.get(instance_id=driven.instance_id).message


def test_code_that_swallows_every_exception_does_not_swallow_a_wait() -> None:
    def swallowing(run: Run, amount: int) -> int:
        with suppress(Exception):  # what careless authors write
            run.wait_for("go")
        return amount

    with deployed(swallowing) as definition:
        assert drive(definition, 5).waiting_for == ["go"]


def test_a_missing_definition_blocks_nothing_but_waits_for_a_worker_that_knows_it() -> None:
    with deployed(original) as definition:
        waiting: Driven = drive(definition, 5)
    with registry.isolated():
        assert go_on(waiting.instance_id).waiting_for == ["go"]
    with deployed(original):
        assert go_on(waiting.instance_id, Send("go")).status == "COMPLETED"


def test_a_deliberate_failure_is_no_bug() -> None:
    def failing(run: Run, amount: int) -> int:
        raise ApplicationFailure("no stock", type="NO_STOCK", item=7)

    with deployed(failing) as definition:
        driven = drive(definition, 5)
    assert driven.status == "FAILED"
    assert driven.failure == {"type": "NO_STOCK", "message": "no stock", "details": {"item": 7}}
