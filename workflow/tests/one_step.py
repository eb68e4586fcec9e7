"""A workflow of one step."""

from __future__ import annotations

from typing import Any

from workflow import Run, workflow
from workflow.testing import Driven, drive


def one(of: Any, **given: Any) -> Driven:
    @workflow(name="one", timeout=None)
    def flow(run: Run, nothing: None) -> Any:
        return run.step(of, **given)

    return drive(flow, None)
