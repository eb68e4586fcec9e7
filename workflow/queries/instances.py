"""Instances: lists that stay fast with a million rows, and one instance with its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from workflow.core.errors import InstanceNotFound
from workflow.models import LIVE, Instance, StepExecution
from workflow.models.instance import InstanceQuerySet
from workflow.queries.paging import SIZE_DEFAULT, Page, page_of
from workflow.queries.reading import reading

ATTEMPTS_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class InstanceFilter:
    """What a list is narrowed by; None means any."""

    workflow: str | None = None
    status: str | None = None
    state: str | None = None
    version: int | None = None
    business_key: str | None = None
    correlation_id: str | None = None
    live: bool | None = None


def list_instances(
    chosen: InstanceFilter, *, page: int = 0, size: int = SIZE_DEFAULT, cursor: str | None = None
) -> Page[Instance]:
    """Newest first. Raises PageTooDeep, MalformedCursor."""
    with reading():
        return page_of(matching(chosen), read_cursor=UUID, page=page, size=size, cursor=cursor)


def matching(chosen: InstanceFilter) -> InstanceQuerySet:
    """A live status implies `finished_at IS NULL`: said aloud, so that the index of live instances serves."""
    exact = {name: getattr(chosen, name) for name in ("workflow", "status", "state", "version", "business_key")}
    exact["correlation_id"] = chosen.correlation_id
    rows = Instance.objects.filter(**{name: value for name, value in exact.items() if value is not None})
    is_live = True if chosen.status in LIVE else chosen.live
    return rows if is_live is None else rows.filter(finished_at__isnull=is_live)


def get_instance(instance_id: UUID | str, *, workflow: str | None = None) -> Instance:
    """One instance; InstanceNotFound where there is none, or where it is another workflow's."""
    try:
        found = Instance.objects.filter(pk=UUID(str(instance_id))).first()
    except ValueError:
        found = None
    if found is None or (workflow is not None and found.workflow != workflow):
        raise InstanceNotFound(f"There is no instance {instance_id}.")
    return found


def list_attempts(instance_id: UUID | str) -> list[StepExecution]:
    """Every attempt of every step and undo, in order; at most 1,000."""
    with reading():
        rows = StepExecution.objects.filter(instance_id=instance_id).order_by("started_at", "id")
        return list(rows[:ATTEMPTS_MAX])
