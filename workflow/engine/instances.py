"""New instances: the row and the events it is born with. Written by the checkpoint statement, like everything else."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.core.events import EventType, NewEvent
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
        return {name: getattr(self, name) for name in _COLUMNS}

    def started_event(self) -> NewEvent:
        payload = {"input": self.input, "changes": self.changes, "workflow": self.workflow, "version": self.version}
        event = NewEvent(EventType.STARTED, {**payload, **self.started}, "", self.actor, self.actor_id)
        event.created_at = self.at
        return event


_COLUMNS = tuple(n for n in NewInstance.__slots__ if n not in ("actor", "actor_id", "started"))


class Birth:
    """An instance that is being written together with its first intent, and the caller who waits for that."""

    __slots__ = ("_lock", "_outcome", "instance")

    def __init__(self, instance: NewInstance) -> None:
        self.instance = instance
        self._outcome: BaseException | None = None
        self._lock = threading.Lock()
        self._lock.acquire()

    def resolve(self, outcome: BaseException | None = None) -> None:
        """It is durable; or this is why not."""
        self._outcome = outcome
        self._lock.release()

    def wait(self) -> None:
        self._lock.acquire()
        if self._outcome is not None:
            raise self._outcome


def present(ids: list[str]) -> set[str]:
    """Which of these exist: after a lost acknowledgement, what was written."""
    rows = fetch("SELECT id::text FROM workflow_instance WHERE id = ANY(%(ids)s::text[]::uuid[])", {"ids": ids})
    return {row[0] for row in rows}
