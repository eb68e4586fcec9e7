"""The events that operators look for across instances: endings, undos, recoveries, incidents, staff actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow.admin import story
from workflow.admin.attempts import OfInstanceAdmin
from workflow.admin.filters import EventTypeFilter
from workflow.admin.instance_page import instance_url
from workflow.admin.read_only import Fact
from workflow.admin.values import Shown
from workflow.models import WorkflowEvent
from workflow.models.event import OPERATORS_EVENTS
from workflow.queries.timeline import entry_of
from workflow.templatetags.workflow_admin import instant


class EventAdmin(OfInstanceAdmin):
    """Without a search only the operators' types, which have an index; one instance's events stand on its page."""

    list_display = ("type", "sentence", "of_instance", "who", "at")
    list_filter = (EventTypeFilter,)
    is_unindexed = False
    heading = "Events"
    empty_words = "No such event."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        is_list = request.resolver_match is None or "object_id" not in request.resolver_match.kwargs
        return rows.filter(event_type__in=OPERATORS_EVENTS) if is_list and not request.GET.get("q") else rows

    @admin.display(description="type")
    def type(self, row: WorkflowEvent) -> SafeString:
        tone = story.TONES.get(row.event_type, "note")
        return format_html('<span class="wf-dot wf-line-{}"></span>{}', tone, row.event_type)

    @admin.display(description="what happened")
    def sentence(self, row: WorkflowEvent) -> str:
        return entry_of(row).sentence

    @admin.display(description="who")
    def who(self, row: WorkflowEvent) -> str:
        return story.who(entry_of(row))

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:
        entry = entry_of(row)
        yield Fact("Instance", row.instance_id, instance_url(row.instance_id))
        yield Fact("Number", row.sequence_number)
        yield Fact("Type", row.event_type)
        yield Fact("What happened", f"{entry.sentence} {story.note_of(entry)}".strip())
        yield Fact("Step", row.step_key)
        yield Fact("Who", story.who(entry))
        yield Fact("At", instant(row.created_at))
        yield Fact("Token of the lease", row.token)
        yield Fact("Payload", shown.text(row.payload), is_code=True)
