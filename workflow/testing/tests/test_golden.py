"""A golden history is repeated by the code that wrote it, and tells where changed code would not."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow import Run, StepContext, step, workflow
from workflow.core.registry import registry
from workflow.testing import assert_golden, assert_replays, drive, record_golden


@step
def first(ctx: StepContext, *, number: int) -> int:
    return number + 1


@step
def second(ctx: StepContext, *, number: int) -> int:
    return number * 2


@pytest.mark.django_db
def test_a_golden_history_holds_until_the_code_changes_its_commands(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    with registry.isolated():

        @workflow(name="order")
        def order(run: Run, number: int) -> int:
            return run.step(second, number=run.step(first, number=number))

        driven = drive(order, 1)
        assert_replays(driven.instance_id)
        record_golden(driven.instance_id, path)
        assert_golden(path)

    with registry.isolated():

        @workflow(name="order")
        def changed(run: Run, number: int) -> int:
            return run.step(first, number=run.step(second, number=number))

        with pytest.raises(AssertionError, match="STEP first#1"):
            assert_golden(path)
        with pytest.raises(AssertionError, match="DIVERGED"):
            assert_replays(driven.instance_id)
