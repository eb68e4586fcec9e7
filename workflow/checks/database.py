"""Checks of the two aliases, and of the trigger that guards the status in PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DEFAULT_DB_ALIAS, connection

import workflow.migrations
from workflow.engine.connection import ENGINE_ALIAS
from workflow.models.instance import status_edges

GUARD = Path(str(workflow.migrations.__path__[0])) / "sql" / "status_guard.sql"
EDGE = re.compile(r"\('(\w+)', '(\w+)'\)")
ADDRESS = ("HOST", "PORT", "NAME")
POSTGRES = "django.db.backends.postgresql"


def check_aliases(databases: dict[str, dict[str, Any]] | None = None) -> list[CheckMessage]:
    """One database under two names, and no request that is one transaction."""
    found = dict(settings.DATABASES if databases is None else databases)
    errors: list[CheckMessage] = [
        Error(f"ATOMIC_REQUESTS is on for {alias}: switch it off.", id="workflow.E020")
        for alias, values in found.items()
        if values.get("ATOMIC_REQUESTS")
    ]
    errors += [
        Error(f"The alias {alias} is {values.get('ENGINE')}; the engine needs {POSTGRES}.", id="workflow.E023")
        for alias, values in found.items()
        if alias in (DEFAULT_DB_ALIAS, ENGINE_ALIAS) and values.get("ENGINE") != POSTGRES
    ]
    if ENGINE_ALIAS not in found:
        hint = "Copy `default` under the name `engine`, in autocommit; see docs/operations.md."
        return [*errors, Error("DATABASES has no alias `engine`.", hint=hint, id="workflow.E021")]
    differing = [key for key in ADDRESS if found[ENGINE_ALIAS].get(key) != found[DEFAULT_DB_ALIAS].get(key)]
    if differing:
        told = ", ".join(differing)
        errors.append(Error(f"`engine` is another database than `default`: {told} differ.", id="workflow.E022"))
    return errors


def check_trigger_in_migrations() -> list[CheckMessage]:
    return _compared(GUARD.read_text(), "migrations/sql/status_guard.sql", "workflow.E040")


def check_trigger_in_postgres() -> list[CheckMessage]:
    """The function as the server has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'workflow_status_guard'")
        row = cursor.fetchone()
    if row is None:
        return [Error("PostgreSQL has no workflow_status_guard(): run `migrate`.", id="workflow.E041")]
    return _compared(row[0], "the function workflow_status_guard() in PostgreSQL", "workflow.E041")


def _compared(sql: str, where: str, check_id: str) -> list[CheckMessage]:
    """The FSM's edges are the only list."""
    wanted = {(source, target) for target, sources in status_edges().items() for source in sources}
    present = {(source, target) for source, target in EDGE.findall(sql)}
    told = [f"{where} lacks {source} -> {target}" for source, target in sorted(wanted - present)]
    told += [f"{where} permits {source} -> {target}" for source, target in sorted(present - wanted)]
    return [Error(f"{each}; the FSM of Instance says otherwise.", id=check_id) for each in told]
