"""workflow_incident: needs a human, blocks that instance alone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition


class IncidentKind(models.TextChoices):
    STEP_EXHAUSTED = "STEP_EXHAUSTED"  # the retries are used up and the policy says INCIDENT
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"  # nobody could tell whether a call took effect
    WORKFLOW_BUG = "WORKFLOW_BUG"  # the workflow's own code raised
    DIVERGENCE = "DIVERGENCE"  # the code asks for other commands than the history holds
    MISSING_DEFINITION = "MISSING_DEFINITION"  # no live worker knows this workflow and version
    QUARANTINE = "QUARANTINE"  # its turns keep killing their worker
    COMPENSATION_FAILED = "COMPENSATION_FAILED"  # an undo failed for good
    TERMINATED = "TERMINATED"  # terminated with undos left
    HISTORY_TOO_LONG = "HISTORY_TOO_LONG"  # use continue_as
    AUDIT = "AUDIT"  # an application's auditor found a difference


class IncidentStatus(models.TextChoices):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"  # somebody has it
    RESOLVED = "RESOLVED"


class Severity(models.TextChoices):
    WARNING = "WARNING"  # the instance goes on
    ERROR = "ERROR"  # it stands
    CRITICAL = "CRITICAL"  # it stands, and money or identity is left half-done


class Incident(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField(null=True)  # NULL: an auditor's, about no single instance
    step_key = models.TextField(null=True)
    subject = models.TextField(null=True)
    kind = models.TextField(choices=IncidentKind.choices)
    status = FSMField(max_length=12, choices=IncidentStatus.choices, default=IncidentStatus.OPEN, protected=True)
    severity = models.TextField(choices=Severity.choices, default=Severity.ERROR)
    signature = models.TextField(default="")
    message = models.TextField()
    details = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    acknowledged_by = models.TextField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.TextField(null=True)
    resolution = models.TextField(null=True)

    class Meta:
        db_table = "workflow_incident"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("status", "-id"), name="workflow_incident_by_status"),
            models.Index(fields=("instance_id",), name="workflow_incident_of_instance"),
        )
        constraints = (
            # One open incident per instance, step and subject: a repeated cause does not pile up.
            models.UniqueConstraint(
                fields=("instance_id", "step_key", "subject"),
                name="workflow_incident_one_open_per_cause",
                condition=~Q(status=IncidentStatus.RESOLVED),
                nulls_distinct=False,
            ),
            # A resolved incident says when.
            models.CheckConstraint(
                name="workflow_incident_resolved_iff_resolved_at",
                condition=Q(resolved_at__isnull=False, status=IncidentStatus.RESOLVED)
                | (Q(resolved_at__isnull=True) & ~Q(status=IncidentStatus.RESOLVED)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.status} #{self.pk}"

    @transition(field=status, source=IncidentStatus.OPEN, target=IncidentStatus.ACKNOWLEDGED)
    def acknowledge(self) -> None:
        """Somebody has it."""

    @transition(field=status, source=(IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED), target=IncidentStatus.RESOLVED)
    def resolve(self) -> None:
        """The cause is gone, or a person decided."""
