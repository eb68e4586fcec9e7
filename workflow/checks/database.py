"""Checks of the two aliases, and of the trigger that guards the status in PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
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
    told = _told(GUARD.read_text(), "migrations/sql/status_guard.sql")
    return [Error(f"{each}; the FSM of Instance says otherwise.", id="workflow.E040") for each in told]


def check_trigger_in_postgres() -> list[CheckMessage]:
    """The function as the server has it. Only warnings: an error would keep `migrate` itself from putting it right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'workflow_status_guard'")
        row = cursor.fetchone()
        cursor.execute("SELECT to_regclass('workflow_instance') IS NOT NULL")
        migrated = cursor.fetchone() == (True,)
    if row is None and not migrated:
        return []
    if row is None:
        return [CheckWarning("PostgreSQL has no workflow_status_guard(): run `migrate`.", id="workflow.W041")]
    where = "the function workflow_status_guard() in PostgreSQL"
    return [
        CheckWarning(f"{told}; the FSM of Instance says otherwise.", id="workflow.W041")
        for told in _told(row[0], where)
    ]


def _told(sql: str, where: str) -> list[str]:
    """How a trigger differs from the FSM, whose edges are the only list."""
    wanted = {(source, target) for target, sources in status_edges().items() for source in sources}
    present = {(source, target) for source, target in EDGE.findall(sql)}
    lacking = [f"{where} lacks {source} -> {target}" for source, target in sorted(wanted - present)]
    return lacking + [f"{where} permits {source} -> {target}" for source, target in sorted(present - wanted)]
