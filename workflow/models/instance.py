"""workflow_instance: one execution, one row. `status` is guarded by the FSM below, whose edges are the only list."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition


class Status(models.TextChoices):
    ACTIVE = "ACTIVE"  # running, due, or waiting
    PAUSED = "PAUSED"  # stopped by a named person
    COMPENSATING = "COMPENSATING"  # rolling back
    COMPENSATION_FAILED = "COMPENSATION_FAILED"  # an undo failed for good; staff must finish it
    COMPLETED = "COMPLETED"  # the result stands
    COMPENSATED = "COMPENSATED"  # everything undone
    FAILED = "FAILED"  # failed with nothing to undo
    CANCELLED = "CANCELLED"  # cancelled with nothing to undo, or terminated
    TIMED_OUT = "TIMED_OUT"  # out of time with nothing to undo


LIVE = (Status.ACTIVE, Status.PAUSED, Status.COMPENSATING, Status.COMPENSATION_FAILED)
TERMINAL = (Status.COMPLETED, Status.COMPENSATED, Status.FAILED, Status.CANCELLED, Status.TIMED_OUT)


class InstanceQuerySet(models.QuerySet["Instance"]):
    def live(self) -> InstanceQuerySet:
        return self.filter(finished_at=None)

    def of(self, workflow: str) -> InstanceQuerySet:
        return self.filter(workflow=workflow)


class Instance(models.Model):
    id = models.UUIDField(primary_key=True)
    workflow = models.TextField()
    version = models.IntegerField()
    changes = models.JSONField(default=dict)
    status = FSMField(max_length=20, choices=Status.choices, default=Status.ACTIVE, protected=True)
    state = models.TextField(null=True)
    business_key = models.TextField(null=True)
    correlation_id = models.TextField()
    queue = models.TextField(default="default")
    priority = models.SmallIntegerField(default=0)
    input = models.JSONField(null=True)
    result = models.JSONField(null=True)
    failure = models.JSONField(null=True)
    # where it stands in the queue: facts, not a second status
    wake_at = models.DateTimeField(null=True)  # earliest of retry, timer, wait limit, run deadline
    waiting_for = ArrayField(models.TextField(), null=True)  # signal names, CHILD, INCIDENT
    worker_id = models.UUIDField(null=True)  # who has the lease
    token = models.BigIntegerField(default=0)  # the fencing number: raised with every lease
    sequence_number = models.IntegerField(default=0)
    inbox_number = models.IntegerField(default=0)
    deadline_at = models.DateTimeField(null=True)
    resume_status = models.TextField(null=True)
    paused_at = models.DateTimeField(null=True)
    parent_id = models.UUIDField(null=True)
    retried_from_id = models.UUIDField(null=True)
    recovery_count = models.IntegerField(default=0)  # takeovers without progress in between
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        db_table = "workflow_instance"
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("queue", "wake_at"),
                name="workflow_instance_claim",
                condition=Q(worker_id__isnull=True, wake_at__isnull=False),
            ),
            models.Index(fields=("worker_id",), name="workflow_instance_held", condition=Q(worker_id__isnull=False)),
            models.Index(
                fields=("parent_id",), name="workflow_instance_children", condition=Q(parent_id__isnull=False)
            ),
            models.Index(
                fields=("workflow", "id"), name="workflow_instance_live", condition=Q(finished_at__isnull=True)
            ),
        )
        constraints = (
            # At most one live instance per business key: a lock that cannot expire while the work is unfinished.
            models.UniqueConstraint(
                fields=("workflow", "business_key"),
                name="workflow_instance_one_live_per_key",
                condition=Q(finished_at__isnull=True),
            ),
            # A finished instance is terminal and a terminal one is finished: no half-ended rows.
            models.CheckConstraint(
                name="workflow_instance_finished_iff_terminal",
                condition=Q(finished_at__isnull=False, status__in=TERMINAL)
                | Q(finished_at__isnull=True, status__in=LIVE),
            ),
            # A paused instance says since when, and only a paused one does.
            models.CheckConstraint(
                name="workflow_instance_paused_iff_paused_at",
                condition=Q(paused_at__isnull=False, status=Status.PAUSED)
                | (Q(paused_at__isnull=True) & ~Q(status=Status.PAUSED)),
            ),
            # Nothing waits silently: finished, held, due, waiting for something named, or paused.
            models.CheckConstraint(
                name="workflow_instance_never_silent",
                condition=Q(finished_at__isnull=False)
                | Q(worker_id__isnull=False)
                | Q(wake_at__isnull=False)
                | Q(waiting_for__isnull=False, waiting_for__len__gt=0)  # the length of NULL is NULL, which would pass
                | Q(status=Status.PAUSED),
            ),
            # A finished instance holds nothing: no lease, no timer, no wait.
            models.CheckConstraint(
                name="workflow_instance_finished_is_idle",
                condition=Q(finished_at__isnull=True)
                | Q(worker_id__isnull=True, wake_at__isnull=True, waiting_for__isnull=True),
            ),
            models.CheckConstraint(
                name="workflow_instance_counts_upwards",
                condition=Q(sequence_number__gte=0, token__gte=0, inbox_number__gte=0, recovery_count__gte=0)
                & Q(updated_at__gte=F("created_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.workflow} v{self.version} {self.id}"

    @property
    def is_live(self) -> bool:
        return self.finished_at is None

    @property
    def is_waiting_for_incident(self) -> bool:
        return "INCIDENT" in (self.waiting_for or ())

    # -- the FSM: these edges are the only list (the journal reads them; the trigger is generated from them) ----------

    @transition(field=status, source=(Status.ACTIVE, Status.COMPENSATING), target=Status.PAUSED)
    def pause(self) -> None:
        """A named person stopped it."""

    @transition(field=status, source=Status.PAUSED, target=Status.ACTIVE)
    def resume(self) -> None:
        """It goes on forward."""

    @transition(
        field=status, source=(Status.ACTIVE, Status.PAUSED, Status.COMPENSATION_FAILED), target=Status.COMPENSATING
    )
    def compensate(self) -> None:
        """The rollback begins, resumes after a pause, or is tried again."""

    @transition(field=status, source=Status.ACTIVE, target=Status.COMPLETED)
    def complete(self) -> None:
        """The definition returned."""

    @transition(field=status, source=(Status.COMPENSATING, Status.COMPENSATION_FAILED), target=Status.COMPENSATED)
    def finish_rollback(self) -> None:
        """Every undo took effect, or staff resolved what did not."""

    @transition(
        field=status, source=(Status.ACTIVE, Status.PAUSED, Status.COMPENSATING), target=Status.COMPENSATION_FAILED
    )
    def fail_rollback(self) -> None:
        """An undo failed for good, or it was terminated with undos left."""

    @transition(field=status, source=Status.ACTIVE, target=Status.FAILED)
    def fail(self) -> None:
        """Failed with nothing to undo."""

    @transition(field=status, source=(Status.ACTIVE, Status.PAUSED), target=Status.CANCELLED)
    def cancel(self) -> None:
        """Cancelled with nothing to undo, or terminated."""

    @transition(field=status, source=Status.ACTIVE, target=Status.TIMED_OUT)
    def time_out(self) -> None:
        """Out of time with nothing to undo."""


def status_edges() -> dict[str, tuple[str, ...]]:
    """Target status -> the statuses it may be reached from, read off the FSM."""
    edges: dict[str, set[str]] = {}
    for arrow in Instance._meta.get_field("status").get_all_transitions(Instance):
        edges.setdefault(str(arrow.target), set()).add(str(arrow.source))
    return {target: tuple(sorted(sources)) for target, sources in sorted(edges.items())}
