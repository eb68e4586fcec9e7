"""Steadfast through its front door: one worker's host in this process, as where calls drive their turns inline."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import django

from benchmarks import profile
from benchmarks.asked import Asked, answer, measure
from benchmarks.load import Load, drive
from benchmarks.memory import resident_bytes

if TYPE_CHECKING:
    from workflow.engine.host import Host

SLOTS = 64
STOP_SECONDS = 30.0


def main() -> None:
    asked = Asked.read()
    django.setup()
    import benchmarks.workflows  # noqa: F401  registered before the worker says what it knows

    with hosted():
        answer(asked, remembered(asked) if asked.marks else measured(asked))


@contextmanager
def hosted() -> Iterator[Host]:
    """The worker of this process, claiming in a thread of its own."""
    from workflow.engine import hosting
    from workflow.engine.host import Host

    host = Host(kind="bench", slots=SLOTS).start()
    hosting.set_host(host)
    loop = threading.Thread(target=host.run, name="bench-loop")
    loop.start()
    try:
        yield host
    finally:
        host.stop(STOP_SECONDS)
        loop.join()


def measured(asked: Asked) -> dict[str, Any]:
    from workflow.engine import telemetry

    with profile.flushes(on=asked.profile) as seen:
        before = {name: telemetry.counted(name) for name in ("flushes", "checkpoints", "turns")}
        found = measure(asked, one_workflow)
        found["telemetry"] = {name: telemetry.counted(name) - was for name, was in before.items()}
        if asked.profile:
            found["profile"] = profile.told(seen, found)
    return found


def remembered(asked: Asked) -> dict[str, Any]:
    """The memory of one worker that goes on: after each mark's number of workflows."""
    done, marks = 0, []
    for mark in asked.marks:
        drive(Load(asked.in_flight, count=mark - done), one_workflow)
        done = mark
        marks.append({"count": mark, "bytes": resident_bytes()})
    return {"marks": marks}


def one_workflow() -> None:
    from benchmarks.workflows import Number, three_steps
    from workflow import client

    started = client.start(three_steps, Number(value=1))
    if client.result(started.instance_id, timeout=60) != 4:
        raise AssertionError("The workflow answered a wrong number.")


if __name__ == "__main__":
    main()
