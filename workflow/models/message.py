"""Messages in and out: the inbox (until a turn takes them), the outbox, and idempotency keys with their answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class InboxKind(models.TextChoices):
    SIGNAL = "SIGNAL"  # for a durable function
    ACTION = "ACTION"  # for a machine: judged against its table
    CONTROL = "CONTROL"  # a staff command
    CHILD = "CHILD"  # a child's end


class InboxMessage(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField()
    number = models.IntegerField()  # the instance's inbox_number when it was written
    kind = models.TextField(choices=InboxKind.choices)
    name = models.TextField()
    payload = models.JSONField(null=True)
    actor = models.TextField(null=True)
    actor_id = models.TextField(null=True)
    correlation_id = models.TextField(null=True)
    admitted_state = models.TextField(null=True)
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)  # when it became history, or was refused
    answer = models.JSONField(null=True)  # what the sender is to be told

    class Meta:
        db_table = "workflow_inbox"
        indexes = (
            models.Index(fields=("instance_id",), name="workflow_inbox_untaken", condition=Q(taken_at__isnull=True)),
        )
        constraints = (
            # Messages of one instance have one order.
            models.UniqueConstraint(fields=("instance_id", "number"), name="workflow_inbox_one_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.name} #{self.number}"


class OutboxMessage(models.Model):
    id = models.BigAutoField(primary_key=True)
    instance_id = models.UUIDField(null=True)
    sequence_number = models.IntegerField(null=True)
    topic = models.TextField()
    body = models.JSONField()
    correlation_id = models.TextField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "workflow_outbox"
        indexes = (
            models.Index(fields=("id",), name="workflow_outbox_unpublished", condition=Q(published_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class Idempotency(models.Model):
    """A key that was used once, what was asked with it, and what was answered. Outlives pruning."""

    id = models.BigAutoField(primary_key=True)
    scope = models.TextField()  # the credential, and what kind of call it was
    key = models.TextField()
    request_hash = models.TextField()
    instance_id = models.UUIDField(null=True)
    inbox_number = models.IntegerField(null=True)  # where the answer of an action will stand
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_idempotency"
        indexes = (
            models.Index(fields=("created_at",), name="workflow_idempotency_age"),
            models.Index(  # pruning moves these answers here
                fields=("instance_id",),
                name="workflow_idempotency_unmoved",
                condition=Q(answer__isnull=True, inbox_number__isnull=False),
            ),
        )
        constraints = (
            # One use of a key per credential.
            models.UniqueConstraint(fields=("scope", "key"), name="workflow_idempotency_one_use"),
        )

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
