"""Whether this system can do its work now: the database answers, is migrated, and somebody takes turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from workflow.queries import health

WEB = "web"
CLUSTER = "django-q2"


@dataclass(frozen=True)
class Check:
    """One condition; `reason` says what is wrong, or what was found."""

    name: str
    ok: bool
    reason: str


def check_all() -> list[Check]:
    """Every condition, in order; after a database that does not answer the others are not asked."""
    database = _guarded("database", _database)
    if not database.ok:
        return [database]
    return [database, *(_guarded(name, condition) for name, condition in CONDITIONS.items())]


def _guarded(name: str, condition: Callable[[], tuple[bool, str]]) -> Check:
    try:
        ok, reason = condition()
    except (DatabaseError, InterfaceError) as error:
        return Check(name, ok=False, reason=f"The database refused: {type(error).__name__}.")
    return Check(name, ok, reason)


def _database() -> tuple[bool, str]:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "It answers."


class Migrated:
    """Migrations do not come undone under a running process: once found applied is remembered."""

    def __init__(self) -> None:
        self._applied = False

    def __call__(self) -> tuple[bool, str]:
        missing = 0 if self._applied else self._missing()
        self._applied = missing == 0
        return self._applied, f"{missing} are not applied." if missing else "All are applied."

    def _missing(self) -> int:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _worker() -> tuple[bool, str]:
    """A web process takes turns for its own calls only, so it does not count; nor does a cluster that hangs."""
    canaries = health.list_canaries()
    hangs = bool(canaries) and all(canary.is_late for canary in canaries)
    idle = {WEB, CLUSTER} if hangs else {WEB}
    alive = [w for w in health.list_workers() if w.is_alive and not w.draining and w.kind not in idle]
    silence = f" The queue has executed nothing for {canaries[0].silent_seconds:.0f} s." if hangs else ""
    return bool(alive), (f"{len(alive)} alive." if alive else "No worker gave a sign of life.") + silence


CONDITIONS: dict[str, Callable[[], tuple[bool, str]]] = {"migrations": Migrated(), "worker": _worker}
