"""Incidents: what needs a human, newest first."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from workflow.core.errors import WorkflowError
from workflow.models import Incident, Instance
from workflow.queries.paging import SIZE_DEFAULT, Page, page_of
from workflow.queries.reading import reading


class IncidentNotFound(WorkflowError):
    code = "incident-not-found"


def list_incidents(
    *,
    workflow: str | None = None,
    instance_id: str | None = None,
    status: str | None = None,
    page: int = 0,
    size: int = SIZE_DEFAULT,
    cursor: str | None = None,
) -> Page[Incident]:
    """Raises PageTooDeep, MalformedCursor."""
    with reading():
        rows = matching(workflow=workflow, instance_id=instance_id, status=status)
        return page_of(rows, read_cursor=int, page=page, size=size, cursor=cursor)


def matching(*, workflow: str | None, instance_id: str | None, status: str | None) -> QuerySet[Incident]:
    rows = Incident.objects.all()
    if workflow is not None:
        rows = rows.filter(Exists(Instance.objects.filter(pk=OuterRef("instance_id"), workflow=workflow)))
    if instance_id is not None:
        rows = rows.filter(instance_id=instance_id)
    return rows if status is None else rows.filter(status=status)


def get_incident(incident_id: int) -> Incident:
    found = Incident.objects.filter(pk=incident_id).first()
    if found is None:
        raise IncidentNotFound(f"There is no incident {incident_id}.")
    return found
