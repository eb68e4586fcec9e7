"""workflow_api_key: hashed credentials of client applications."""

from __future__ import annotations

from django.db import models


class ApiKey(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    prefix = models.TextField(unique=True)  # what a person recognises; not secret
    key_hash = models.TextField()
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "workflow_api_key"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
