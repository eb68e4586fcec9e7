"""What a host needs before it may take turns: a database that answers, every migration applied, and definitions."""

from __future__ import annotations

import time

import structlog
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from workflow.core.registry import registry

RETRY_SECONDS = 0.5
log = structlog.get_logger(__name__)


class CannotWork(Exception):
    """The sentence says what is missing."""


def require_database(patience_seconds: float) -> None:
    """Wait for PostgreSQL, at most so long."""
    connection = connections[DEFAULT_DB_ALIAS]
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() >= give_up_at:
                raise CannotWork(f"The database did not answer for {patience_seconds:g} s: {error}".strip()) from error
            log.warning("the database does not answer yet", error=str(error).strip())
            time.sleep(RETRY_SECONDS)
        else:
            return


def require_migrations() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        raise CannotWork(f"{len(missing)} migrations are not applied ({', '.join(missing[:3])}, ...): run `migrate`.")


def require_definitions() -> None:
    if not any(True for _ in registry):
        raise CannotWork("No workflow is registered: is its app in INSTALLED_APPS, with a `workflows` module?")


def queues_of_definitions() -> list[str]:
    """Every queue that a registered definition names, and the default one."""
    return sorted({"default", *(definition.queue for definition in registry)})
