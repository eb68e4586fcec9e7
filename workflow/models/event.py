"""workflow_event: the append-only history; state_snapshot: state after event N."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

OPERATORS_EVENTS = (
    "RECOVERY",
    "SAGA_COMPENSATION",
    "VERSION_MARKER",
    "INCIDENT_OPENED",
    "COMPENSATION_FAILED",
    "STAFF_ACTION",
    # the endings, which the counters read
    "COMPLETED",
    "COMPENSATED",
    "FAILED",
    "CANCELLED",
    "TIMED_OUT",
)


class WorkflowEvent(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField()  # no physical foreign key: it would lock the instance row at every insert
    sequence_number = models.IntegerField()
    event_type = models.TextField()
    step_key = models.TextField(default="", blank=True)
    payload = models.JSONField(default=dict)
    actor = models.TextField(null=True)
    actor_id = models.TextField(null=True)
    correlation_id = models.TextField(null=True)
    token = models.BigIntegerField(null=True)  # the lease that wrote it; NULL: the front door
    created_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_event"
        ordering = ("instance_id", "sequence_number")
        indexes = (
            models.Index(
                fields=("event_type", "created_at"),
                name="workflow_event_operators",
                condition=Q(event_type__in=OPERATORS_EVENTS),
            ),
        )
        constraints = (
            # The history is gap-free and unique per instance and number: two writers cannot both append.
            models.UniqueConstraint(fields=("instance_id", "sequence_number"), name="workflow_event_one_per_number"),
            # A step completes once.
            models.UniqueConstraint(
                fields=("instance_id", "step_key"),
                name="workflow_event_one_completion_per_step",
                condition=Q(event_type__in=("STEP_COMPLETED", "SAGA_COMPENSATION")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence_number} {self.event_type} {self.step_key}".rstrip()


class StateSnapshot(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField()
    sequence_number = models.IntegerField()
    state = models.TextField()
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "state_snapshot"
        constraints = (
            # One snapshot per point of the history.
            models.UniqueConstraint(fields=("instance_id", "sequence_number"), name="state_snapshot_one_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.state} at {self.sequence_number}"
