"""Processes that take turns: who lives, who is dead, who drains, how busy each is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow.admin.read_only import Fact, ReadOnlyAdmin
from workflow.admin.values import Shown
from workflow.conf import conf
from workflow.models import Worker
from workflow.templatetags.workflow_admin import instant, span

TONES = {"alive": "good", "draining": "waiting", "dead": "bad", "stopped": "undone"}


def life_of(row: Any) -> str:
    """alive, draining, dead (silent for too long) or stopped (it said good-bye)."""
    if row.stopped_at is not None:
        return "stopped"
    if row.silent_for > timedelta(seconds=float(conf.dead_after_seconds)):
        return "dead"
    return "draining" if row.draining else "alive"


class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("process", "life", "how_busy", "last_heard", "started", "fenced_writes", "lost_threads")
    heading = "Workers"
    empty_words = "No process has ever taken a turn. Start one: manage.py workflow_worker, or everything: make run."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        silent = ExpressionWrapper(Now() - F("heartbeat_at"), output_field=DurationField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(silent_for=silent)
        return rows

    @admin.display(description="process")
    def process(self, row: Worker) -> str:
        return f"{row.kind} on {row.host}, process {row.pid}"

    @admin.display(description="how it is")
    def life(self, row: Worker) -> SafeString:
        found = life_of(row)
        return format_html('<span class="wf-stand wf-{}">{}</span>', TONES[found], found.capitalize())

    @admin.display(description="busy")
    def how_busy(self, row: Worker) -> str:
        return f"{row.busy} of {row.slots}" if row.stopped_at is None else ""

    @admin.display(description="last heard")
    def last_heard(self, row: Any) -> str:
        return f"{span(row.silent_for)} ago"

    @admin.display(description="started")
    def started(self, row: Worker) -> SafeString | str:
        return instant(row.started_at)

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:  # noqa: ARG002
        yield Fact("Process", self.process(row))
        yield Fact("How it is", self.life(row))
        yield Fact("Busy", self.how_busy(row))
        yield Fact("Last heard", self.last_heard(row))
        yield Fact("Started", instant(row.started_at))
        yield Fact("Stopped", instant(row.stopped_at))
        yield Fact("Queues", ", ".join(row.queues))
        yield Fact("Knows", ", ".join(f"{known['workflow']} v{known['version']}" for known in row.definitions))
        yield Fact("Stale writes that the fence stopped", row.fenced_writes)
        yield Fact("Threads lost to steps that never ended", row.lost_threads)
        yield Fact("Id", row.pk)
