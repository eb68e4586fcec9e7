"""A workflow that waits with a thread."""

from __future__ import annotations

from workflow import Run, workflow


@workflow(name="later")
async def later(run: Run, number: int) -> int:
    return number
