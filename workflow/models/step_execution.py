"""step_execution: one row per attempt, a projection of the step events, written in their statement."""

from __future__ import annotations

from django.db import models


class StepKind(models.TextChoices):
    STEP = "STEP"
    COMPENSATION = "COMPENSATION"


class StepStatus(models.TextChoices):
    RUNNING = "RUNNING"  # the intent is durable; the end is not known
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"  # it raised, or was refused
    TIMED_OUT = "TIMED_OUT"  # its deadline passed
    UNKNOWN = "UNKNOWN"  # it may have happened: its worker died, or the call broke off
    CANCELLED = "CANCELLED"  # the instance was terminated under it


class StepExecution(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField()
    step_key = models.TextField()
    position = models.IntegerField()  # of the step; for a COMPENSATION of the step it undoes
    attempt = models.IntegerField()
    generation = models.IntegerField(default=1)
    kind = models.TextField(choices=StepKind.choices, default=StepKind.STEP)
    status = models.TextField(choices=StepStatus.choices, default=StepStatus.RUNNING)
    input = models.JSONField(null=True)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)  # type, message, traceback, signature
    idempotency_key = models.TextField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    worker_id = models.UUIDField(null=True)

    class Meta:
        db_table = "step_execution"
        ordering = ("instance_id", "position", "kind", "attempt")
        constraints = (
            # One row per attempt: a repeated intent cannot pass for a new one.
            models.UniqueConstraint(
                fields=("instance_id", "position", "kind", "attempt"), name="step_execution_one_per_attempt"
            ),
        )

    def __str__(self) -> str:
        return f"{self.step_key} attempt {self.attempt} {self.status}"
