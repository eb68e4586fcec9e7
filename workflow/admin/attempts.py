"""All attempts of steps and undos, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow.admin.filters import AttemptKindFilter, AttemptStatusFilter
from workflow.admin.instance_page import instance_url, with_texts
from workflow.admin.read_only import Fact, ReadOnlyAdmin
from workflow.admin.values import Shown
from workflow.models import StepExecution
from workflow.templatetags.workflow_admin import instant, span


class OfInstanceAdmin(ReadOnlyAdmin):
    """Rows that belong to an instance: found by its id, and linked to it."""

    search_fields = ("instance_id",)
    search_help_text = "The id of an instance as a whole."
    is_unindexed = True

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(instance_id=UUID(term)), False
        except ValueError:
            return queryset.none(), False

    @admin.display(description="instance")
    def of_instance(self, row: Any) -> SafeString | str:
        if row.instance_id is None:
            return ""
        return format_html(
            '<a class="wf-id" href="{}">{}</a>', instance_url(row.instance_id), str(row.instance_id)[-12:]
        )

    @admin.display(description="at")
    def at(self, row: Any) -> SafeString | str:
        return instant(row.created_at)


class AttemptAdmin(OfInstanceAdmin):
    list_display = ("step", "attempt", "status_word", "of_instance", "began", "took", "error_type")
    list_filter = (AttemptStatusFilter, AttemptKindFilter)
    heading = "Attempts"
    empty_words = "No step has begun here."

    @admin.display(description="step")
    def step(self, row: StepExecution) -> str:
        return row.step_key

    @admin.display(description="status")
    def status_word(self, row: StepExecution) -> SafeString:
        return format_html('<span class="wf-status wf-status-{}">{}</span>', row.status.lower(), row.status)

    @admin.display(description="began")
    def began(self, row: StepExecution) -> SafeString | str:
        return instant(row.started_at)

    @admin.display(description="took")
    def took(self, row: StepExecution) -> str:
        return span(row.finished_at - row.started_at) if row.finished_at else ""

    @admin.display(description="error")
    def error_type(self, row: StepExecution) -> str:
        return str((row.error or {}).get("type", ""))

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:
        with_texts([row], shown)
        yield Fact("Instance", row.instance_id, instance_url(row.instance_id))
        yield Fact("Step", f"{row.step_key}, attempt {row.attempt} of generation {row.generation}")
        yield Fact("Kind", row.kind.lower())
        yield Fact("Status", row.status)
        yield Fact("Began", instant(row.started_at))
        yield Fact("Ended", instant(row.finished_at))
        yield Fact("Took", span(row.took))
        yield Fact("Deadline", instant(row.deadline_at))
        yield Fact("Next attempt", instant(row.next_attempt_at))
        yield Fact("Idempotency key", row.idempotency_key)
        yield Fact("Worker", row.worker_id)
        yield Fact("Error", row.error_words)
        yield Fact("Input", row.input_text, is_code=True)
        yield Fact("Output", row.output_text, is_code=True)
        yield Fact("Traceback", row.traceback_text, is_code=True)
