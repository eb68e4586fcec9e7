"""Incidents outside a turn: auditors open them, staff acknowledge and resolve them."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS

from workflow.core.errors import InvalidInput, NotPossibleNow
from workflow.engine.connection import fetch


def open_incident(
    *, kind: str, message: str, subject: str, severity: str, details: dict[str, Any], instance_id: str | None
) -> int:
    """An application's incident; the same subject is open at most once. Answers its id."""
    values = {
        "instance": instance_id,
        "subject": subject,
        "kind": kind,
        "severity": severity,
        "signature": f"{kind}:{subject.split(':', 1)[0]}",
        "message": message,
        "details": orjson.dumps(details).decode(),
    }
    fetch(
        """INSERT INTO workflow_incident
            (instance_id, subject, kind, status, severity, signature, message, details, opened_at)
        VALUES (%(instance)s::text::uuid, %(subject)s, %(kind)s, 'OPEN', %(severity)s, %(signature)s, %(message)s,
            %(details)s::text::jsonb, workflow_now()) ON CONFLICT DO NOTHING""",
        values,
        using=DEFAULT_DB_ALIAS,
    )
    rows = fetch(
        """SELECT id FROM workflow_incident WHERE subject = %(subject)s AND status <> 'RESOLVED'
        AND instance_id IS NOT DISTINCT FROM %(instance)s::text::uuid AND step_key IS NULL""",
        {"subject": subject, "instance": instance_id},
        using=DEFAULT_DB_ALIAS,
    )
    number: int = rows[0][0]
    return number


def acknowledge(incident_id: int, actor_id: str) -> None:
    rows = fetch(
        """UPDATE workflow_incident SET status = 'ACKNOWLEDGED', acknowledged_by = %(actor)s
        WHERE id = %(id)s AND status = 'OPEN' RETURNING id""",
        {"id": incident_id, "actor": actor_id},
        using=DEFAULT_DB_ALIAS,
    )
    if not rows:
        raise NotPossibleNow(f"Incident {incident_id} is not open.")


def resolve(incident_id: int, actor_id: str, resolution: str) -> None:
    """For incidents that block nothing; one that blocks an instance ends by resuming or deciding its instance."""
    if not resolution.strip():
        raise InvalidInput("Say how it was resolved.")
    rows = fetch(
        """UPDATE workflow_incident SET status = 'RESOLVED', resolved_at = workflow_now(), resolved_by = %(actor)s,
            resolution = %(resolution)s
        WHERE id = %(id)s AND status <> 'RESOLVED' AND NOT EXISTS (
            SELECT 1 FROM workflow_instance i
            WHERE i.id = workflow_incident.instance_id AND 'INCIDENT' = ANY (i.waiting_for))
        RETURNING id""",
        {"id": incident_id, "actor": actor_id, "resolution": resolution},
        using=DEFAULT_DB_ALIAS,
    )
    if not rows:
        raise NotPossibleNow(f"Incident {incident_id} is resolved, or its instance waits for a decision: decide that.")
