"""Raw connections: prepared statements in autocommit on the `engine` alias, or on the caller's own transaction.

`inline` mode (ordinary tests) puts everything on the calling thread's `default` connection.
"""

from __future__ import annotations

import re
import select
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db import Error as DjangoDatabaseError
from psycopg.abc import Buffer
from psycopg.adapt import Loader

ENGINE_ALIAS = "engine"
_NAMED = re.compile(r"%\((\w+)\)s")

LOST_CONNECTION = (psycopg.OperationalError, psycopg.InterfaceError)
TRANSIENT = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)


class Mode:
    """Process-wide: whether the engine works inside the calling thread's `default` connection (ordinary tests)."""

    inline = False
    depth = 0  # how many savepoints belong to the test itself


def alias() -> str:
    return DEFAULT_DB_ALIAS if Mode.inline else ENGINE_ALIAS


_borrowed = threading.local()

# Checkpoints find every row by its key. A prepared statement keeps its plan: one made while a table was small would go
# on reading the whole table when it no longer is.
BY_KEY = "-c enable_seqscan=off"


class SharedConnection:
    """One connection of the engine's alias for several threads, one at a time: inside, `fetch` of the alias uses it."""

    def __init__(self) -> None:
        self._wrapper: Any = None
        self._free = threading.Lock()

    def take(self, *, wait: bool) -> bool:
        if not self._free.acquire(blocking=wait):
            return False
        if self._wrapper is None:
            self._wrapper = connections[ENGINE_ALIAS].copy()
            options = self._wrapper.settings_dict["OPTIONS"]
            options["options"] = f"{options.get('options', '')} {BY_KEY}"
            self._wrapper.inc_thread_sharing()
        _borrowed.wrapper = self._wrapper
        return True

    def give_back(self) -> None:
        _borrowed.wrapper = None
        self._free.release()

    def close(self) -> None:
        with self._free:
            if self._wrapper is not None:
                self._wrapper.close()


def inside_transaction() -> bool:
    """Whether the caller has a transaction open on `default`. A test's own, around all it does, does not count."""
    connection = connections[DEFAULT_DB_ALIAS]
    if Mode.inline:
        return len(connection.savepoint_ids) > Mode.depth
    return bool(connection.in_atomic_block)


def raw(using: str) -> psycopg.Connection[Any]:
    """This thread's psycopg connection of an alias, opened (or opened again) if need be."""
    wrapper = getattr(_borrowed, "wrapper", None) if using == ENGINE_ALIAS else None
    wrapper = wrapper or connections[using]
    if wrapper.connection is None or wrapper.connection.closed:
        _open(wrapper)
    connection: psycopg.Connection[Any] = wrapper.connection
    return connection


def _open(wrapper: Any) -> None:
    try:
        if wrapper.connection is not None:
            wrapper.close()
        wrapper.ensure_connection()
    except DjangoDatabaseError as error:
        raise of_driver(error) from None


def of_driver(error: DjangoDatabaseError) -> Exception:
    """The driver's own error: the engine knows a lost connection by psycopg's classes, wherever it was lost."""
    return error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error


class JsonLoader(Loader):
    """jsonb as Python values; Django's own loader leaves it as text for its fields."""

    def load(self, data: Buffer) -> Any:
        return orjson.loads(bytes(data))


@cache
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """PostgreSQL's own placeholders for a statement's named ones, worked out once: psycopg then parses nothing."""
    names: dict[str, str] = {}
    text = _NAMED.sub(lambda found: names.setdefault(found[1], f"${len(names) + 1}"), sql)
    return text, tuple(names)


def _cursor(using: str) -> psycopg.RawCursor[Any]:
    """This connection's engine cursor: bound on the server, prepared at once, whatever the alias is set to."""
    connection = raw(using)
    cursor: psycopg.RawCursor[Any] | None = getattr(connection, "_workflow_cursor", None)
    if cursor is None:
        connection.prepare_threshold = 0
        cursor = psycopg.RawCursor(connection)
        cursor.adapters.register_loader("jsonb", JsonLoader)
        connection._workflow_cursor = cursor  # type: ignore[attr-defined]  # noqa: SLF001
    return cursor


def fetch(sql: str, parameters: Mapping[str, Any] | None = None, *, using: str | None = None) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows (none for a statement that returns no rows)."""
    cursor = _cursor(using or alias())
    if parameters is None:
        cursor.execute(sql, prepare=False)
    else:
        text, names = numbered(sql)
        cursor.execute(text, [parameters[name] for name in names], prepare=True)
    return cursor.fetchall() if (result := cursor.pgresult) is not None and result.nfields else []


@contextmanager
def engine_transaction() -> Iterator[None]:
    """Several statements, one commit, on the engine's connection."""
    try:
        with transaction.atomic(using=alias()):
            yield
    except DjangoDatabaseError as error:
        raise of_driver(error) from None


def drop_dead_connections() -> None:
    """Before an author's code runs: what the server has closed is opened anew there, instead of failing an attempt."""
    for wrapper in connections.all(initialized_only=True):
        if wrapper.connection is not None and not wrapper.in_atomic_block and _is_dead(wrapper.connection):
            wrapper.close()


def _is_dead(connection: psycopg.Connection[Any]) -> bool:
    """An idle connection on which there is something to read has been told of its end; that costs no round trip."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return False
    try:
        connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return bool(connection.pgconn.status != psycopg.pq.ConnStatus.OK)


def close_thread_connections() -> None:
    """Called by every engine thread before it ends: a held connection keeps a test database from being dropped."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.close()
