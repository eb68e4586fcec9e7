"""Crash a workflow before and after each of its writes, recover, go on: it must always come to the same end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Never

from django.db import transaction

from workflow import client
from workflow.client import Startable
from workflow.engine.connection import Mode
from workflow.testing.clock import current
from workflow.testing.driving import Driven, Queue, Send, advance, direct_host, undriven
from workflow.testing.host import Crash
from workflow.testing.replays import assert_replays

__all__ = ["Crash", "CrashReport", "crash_points"]


@dataclass(frozen=True, slots=True)
class CrashReport:
    """The undisturbed run, and every point at which the process died in another run."""

    undisturbed: Driven
    points: list[str]


class _RolledBack(Exception):
    """Takes a round's rows back."""


def _roll_back() -> Never:
    raise _RolledBack


def crash_points(
    definition: Startable,
    input: Any,  # noqa: A002
    *messages: Send,
    end: Callable[[Driven], Any] | None = None,
    fresh: Callable[[], None] = lambda: None,
    crashes_in_a_row: int = 1,
) -> CrashReport:
    """Run the workflow once undisturbed, then once per point, dying there; AssertionError if an end differs.

    end      what must be the same; by default status, state, result and the type of the failure. Give one that also
             reads what your steps left behind (rows, a provider's ledger)
    fresh    called before each round, to empty what is not in the database
    crashes_in_a_row  how many of the following points are crashed at as well, one after the other

    Limits of named waits are skipped to once every message is sent. A message that the crash cut off is sent again
    under its idempotency key, as a careful caller would. Every round ends with `assert_replays`; its rows are rolled
    back.
    """
    end = end or _end
    undisturbed, expected, points = _round(definition, input, messages, end, fresh, frozenset())
    for backwards in (False, True):
        direct_host().backwards = backwards
        try:
            for number, point in enumerate(points):
                deaths = frozenset(range(number, number + crashes_in_a_row))
                ended, found, _ = _round(definition, input, messages, end, fresh, deaths)
                if found != expected:
                    story = f"{found} instead of {expected}\n{ended.event_types}"
                    raise AssertionError(f"Crashed {point} (point {number}): {story}")
        finally:
            direct_host().backwards = False
        if not any("parallel" in point for point in points):
            break
    return CrashReport(undisturbed, points)


def _end(driven: Driven) -> Any:
    return driven.status, driven.state, driven.result, (driven.failure or {}).get("type")


def _round(
    definition: Startable,
    given: Any,
    messages: tuple[Send, ...],
    end: Callable[[Driven], Any],
    fresh: Callable[[], None],
    deaths: frozenset[int],
) -> tuple[Driven, Any, list[str]]:
    """One run in a savepoint of its own, with the clock set back afterwards."""
    began = current().now()
    fresh()
    outcome: list[tuple[Driven, Any, list[str]]] = []
    try:
        with transaction.atomic():
            Mode.depth += 1
            try:
                points: list[str] = []
                driven = _survive(definition, given, messages, points, deaths)
                assert_replays(driven.instance_id)
                outcome.append((driven, end(driven), points))
            finally:
                Mode.depth -= 1
            _roll_back()
    except _RolledBack:
        current().turn_back_to(began)
        direct_host().die()
    return outcome[0]


def _survive(
    definition: Startable,
    given: Any,
    messages: tuple[Send, ...],
    points: list[str],
    deaths: frozenset[int],
) -> Driven:
    """Drive; where the process dies, let another one recover, send again what was cut off, and go on."""
    host = direct_host()

    def reach(point: str) -> None:
        points.append(point)
        if len(points) - 1 in deaths:
            raise Crash(point)

    with undriven():
        started = client.start(definition, given)
    keyed = [replace(m, idempotency_key=m.idempotency_key or f"message-{n}") for n, m in enumerate(messages)]
    queue = Queue(keyed)
    host.reach = reach
    try:
        while True:
            try:
                if queue.sending is not None:
                    queue.send(started.instance_id)
                return advance(started.instance_id, queue, skip_limits=True)
            except Crash:
                host.die()
    finally:
        host.reach = lambda _: None
