"""For tests with real threads: waiting for a fact, and running many callers at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from django.db import connections

from workflow import client

T = TypeVar("T")
PATIENCE_SECONDS = 15.0


def eventually(fact: Callable[[], bool]) -> None:
    """Return as soon as it is so; AssertionError after 15 seconds."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        assert time.monotonic() < give_up_at, "it never became so"
        time.sleep(0.01)


def until_waiting(instance_id: str, *names: str) -> client.Description:
    """The instance, once it waits for these."""
    eventually(lambda: sorted(client.describe(instance_id).waiting_for or ()) == sorted(names))
    return client.describe(instance_id)


def at_once(callers: int, call: Callable[[int], T]) -> list[T]:
    """Run so many callers in threads, all let go at the same moment; what each got."""
    ready = threading.Barrier(callers)

    def run(number: int) -> T:
        try:
            ready.wait(PATIENCE_SECONDS)
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(run, range(callers)))


@contextmanager
def foreign_connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else's session on the same database."""
    wrapper = connections["default"]
    with psycopg.connect(**{**wrapper.get_connection_params(), "cursor_factory": psycopg.Cursor}) as connection:
        yield connection


@contextmanager
def foreign_lock(instance_id: str) -> Iterator[None]:
    """Somebody else's transaction has the row."""
    with foreign_connection() as connection:
        connection.execute("SELECT 1 FROM workflow_instance WHERE id = %s FOR UPDATE", (instance_id,))
        yield
        connection.rollback()
