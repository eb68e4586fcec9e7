"""All instances: how each one stands, narrowed by choices, found by business key, correlation id or id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workflow.admin.filters import LifeFilter, StateFilter, StatusFilter, VersionFilter, WorkflowFilter
from workflow.admin.hooks import links_of
from workflow.admin.instance_page import InstancePage
from workflow.admin.standing import enriched
from workflow.engine.clock import clock
from workflow.models import Instance
from workflow.templatetags.workflow_admin import instant


class InstanceAdmin(InstancePage):
    list_display = ("instance", "stands", "status_word", "state", "business_key", "belongs_to", "started")
    list_display_links = None
    list_filter = (WorkflowFilter, LifeFilter, StatusFilter, VersionFilter, StateFilter)
    search_fields = ("business_key",)
    search_help_text = "A business key, correlation id or instance id, as a whole."
    heading = "Instances"
    empty_words = "No instance fits. Clear the filters, or start one: docs are at /api/docs."

    def enrich(self, rows: Sequence[Any], request: HttpRequest) -> None:
        enriched(rows, clock.now())
        links = links_of(rows, request.user)
        for row in rows:
            row.links = links.get(row.id, [])

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """Exactly, and by the primary key alone where that finds it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_id = _uuid(term)
        if by_id is not None and Instance.objects.filter(pk=by_id).exists():
            return queryset.filter(pk=by_id), False
        return queryset.filter(Q(business_key=term) | Q(correlation_id=term)), False

    @admin.display(description="instance")
    def instance(self, row: Instance) -> SafeString:
        return format_html(
            '<a class="wf-instance" href="{}/change/">{} v{} <span class="wf-id">{}</span></a>',
            row.pk,
            row.workflow,
            row.version,
            str(row.pk)[-12:],
        )

    @admin.display(description="how it stands")
    def stands(self, row: Any) -> SafeString:
        found = row.standing
        until = format_html(" until {}", instant(found.until)) if found.until else ""
        return format_html('<span class="wf-stand wf-{}">{}{}</span>', found.tone, found.words, until)

    @admin.display(description="status")
    def status_word(self, row: Instance) -> SafeString:
        return format_html('<span class="wf-status wf-status-{}">{}</span>', row.status.lower(), row.status)

    @admin.display(description="belongs to")
    def belongs_to(self, row: Any) -> SafeString | str:
        return format_html_join(", ", '<a href="{}">{}</a>', ((link.url, link.label) for link in row.links))

    @admin.display(description="started")
    def started(self, row: Instance) -> SafeString | str:
        return instant(row.created_at)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
