"""One instance as a caller may see it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.core.errors import InstanceNotFound
from workflow.core.registry import registry
from workflow.models import Instance


@dataclass(frozen=True, slots=True)
class Description:
    """One instance as a caller may see it; `possible_actions` holds (action, actors)."""

    id: str
    workflow: str
    version: int
    status: str
    state: str | None
    business_key: str | None
    correlation_id: str
    waiting_for: list[str] | None
    wake_at: datetime | None
    result: Any
    failure: Any
    possible_actions: list[tuple[str, list[str]]]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


def describe_instance(instance_id: str) -> Description:
    """Errors: InstanceNotFound."""
    row = instance_row(instance_id)
    return Description(
        id=str(row.id),
        workflow=row.workflow,
        version=row.version,
        status=row.status,
        state=row.state,
        business_key=row.business_key,
        correlation_id=row.correlation_id,
        waiting_for=row.waiting_for,
        wake_at=row.wake_at,
        result=row.result,
        failure=row.failure,
        possible_actions=_possible(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
    )


def instance_row(instance_id: str) -> Instance:
    try:
        return Instance.objects.get(pk=uuid.UUID(str(instance_id)))
    except (Instance.DoesNotExist, ValueError) as error:
        raise InstanceNotFound(f"There is no instance {instance_id}.") from error


def _possible(row: Instance) -> list[tuple[str, list[str]]]:
    known = {definition.key: definition for definition in registry}
    definition = known.get((row.workflow, row.version))
    if definition is None or definition.machine is None or row.finished_at is not None or row.state is None:
        return []
    return [(str(t.action), sorted(str(a) for a in t.actors)) for t in definition.machine.actions(row.state)]
