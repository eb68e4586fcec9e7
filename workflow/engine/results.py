"""Waiting for an instance's end: told by this process's own turns, else read from the row at growing intervals."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from workflow.core.errors import InstanceNotFound
from workflow.engine import hosting
from workflow.engine.connection import fetch
from workflow.engine.host import Host, Waiter

POLL_SECONDS = 0.05
POLL_SECONDS_MAX = 1.0
READ = """SELECT status, result, failure, finished_at IS NOT NULL FROM workflow_instance
    WHERE id = %(id)s::text::uuid"""


@dataclass(frozen=True, slots=True)
class End:
    status: str
    result: Any
    failure: Any


def await_end(instance_id: str, timeout: float | None) -> End:
    """Errors: InstanceNotFound, TimeoutError."""
    give_up_at = None if timeout is None else time.monotonic() + timeout
    host = hosting.host()
    if host is None:
        return _poll(instance_id, give_up_at, None, None)
    waiter = host.waiter(instance_id)
    try:
        return _poll(instance_id, give_up_at, host, waiter)
    finally:
        host.forget(waiter)


def _poll(instance_id: str, give_up_at: float | None, host: Host | None, waiter: Waiter | None) -> End:
    pause = POLL_SECONDS
    while True:
        if waiter is not None and waiter.ended is not None:
            return End(waiter.ended.status, waiter.ended.result, waiter.ended.failure)
        here = host is not None and host.drives(instance_id)
        status = "being driven here"
        if not here:
            end, status = _read(instance_id)
            if end is not None:
                return end
        left = POLL_SECONDS_MAX if here else pause
        if give_up_at is not None:
            left = min(left, give_up_at - time.monotonic())
        if left <= 0:
            raise TimeoutError(f"Instance {instance_id} has not ended: {status}.")
        _rest(waiter, left)
        pause = min(pause * 1.5, POLL_SECONDS_MAX)


def _rest(waiter: Waiter | None, seconds: float) -> None:
    if waiter is None:
        time.sleep(seconds)
        return
    waiter.wait(seconds)


def _read(instance_id: str) -> tuple[End | None, str]:
    rows = fetch(READ, {"id": instance_id}, using=DEFAULT_DB_ALIAS)
    if not rows:
        raise InstanceNotFound(f"There is no instance {instance_id}.")
    status, result, failure, ended = rows[0]
    return (End(status, result, failure) if ended else None), status
