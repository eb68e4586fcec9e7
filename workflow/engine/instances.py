"""New instances: the row and its STARTED event in one statement, one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from workflow.engine import statements
from workflow.engine.connection import fetch


@dataclass(slots=True)
class NewInstance:
    id: str
    workflow: str
    version: int
    changes: dict[str, int]
    business_key: str | None
    correlation_id: str
    queue: str
    priority: int
    input: Any
    at: datetime
    wake_at: datetime
    worker_id: str | None = None  # held by this process from birth, when it has a slot free
    parent_id: str | None = None
    retried_from_id: str | None = None
    deadline_at: datetime | None = None
    actor: str | None = None
    actor_id: str | None = None
    started: dict[str, Any] = field(default_factory=dict)  # what else STARTED should say

    def row(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in self.__slots__}
        payload = {"input": self.input, "changes": self.changes, "workflow": self.workflow, "version": self.version}
        return {**row, "started": {**payload, **self.started}}


def insert(instances: list[NewInstance], *, using: str | None = None) -> set[str]:
    """Write them; the ids of those that were written (the others' business key is in use)."""
    rows = orjson.dumps([instance.row() for instance in instances]).decode()
    return {row[0] for row in fetch(statements.statement("start"), {"instances": rows}, using=using)}


def present(ids: list[str]) -> set[str]:
    """Which of these exist: after a lost acknowledgement, what was written."""
    rows = fetch("SELECT id::text FROM workflow_instance WHERE id = ANY(%(ids)s::text[]::uuid[])", {"ids": ids})
    return {row[0] for row in rows}
