"""Optimistic locking: a row is written as it was read, or not at all. And the clock that rows are dated by."""

from __future__ import annotations

from typing import Any

from django.db import models


class WorkflowNow(models.Func):
    """The database's time, which tests can set; the function comes with the workflow app."""

    function = "workflow_now"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class StaleRow(Exception):
    """Somebody wrote the row after it was read; nothing was written. Read it again and decide anew."""


class Versioned(models.Model):
    """A business row with the number of its last write."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def store(self, *fields: str, **expressions: Any) -> None:
        """Write the named fields (and `expressions`, such as WorkflowNow()) if nobody wrote since this row was read."""
        changes = {name: getattr(self, name) for name in fields} | expressions
        rows = type(self)._default_manager.filter(pk=self.pk, version=self.version)  # noqa: SLF001  a model's own
        if not rows.update(version=self.version + 1, **changes):
            raise StaleRow(f"{self} was written by somebody else after version {self.version} was read.")
        self.version += 1
