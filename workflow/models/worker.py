"""workflow_worker: processes that take turns; workflow_definition: the graphs they were deployed with."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    id = models.UUIDField(primary_key=True)  # new at every process start
    kind = models.TextField()  # worker, web, django-q2, ...
    host = models.TextField()
    pid = models.IntegerField()
    queues = models.JSONField(default=list)
    definitions = models.JSONField(default=list)  # [name, version, changes]
    slots = models.IntegerField()
    busy = models.IntegerField(default=0)
    lost_threads = models.IntegerField(default=0)
    fenced_writes = models.BigIntegerField(default=0)  # stale writes that the fence stopped
    draining = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "workflow_worker"
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"


class DeployedDefinition(models.Model):
    id = models.BigAutoField(primary_key=True)
    workflow = models.TextField()
    version = models.IntegerField()
    fingerprint = models.TextField()
    graph = models.JSONField(default=dict)  # states and transitions; an empty table for functions
    changes = models.JSONField(default=dict)
    queue = models.TextField(default="default")
    deployed_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_definition"
        ordering = ("workflow", "version")
        constraints = (
            # One graph per workflow and version: the latest that a worker brought along.
            models.UniqueConstraint(fields=("workflow", "version"), name="workflow_definition_one_per_version"),
        )

    def __str__(self) -> str:
        return f"{self.workflow} v{self.version}"
