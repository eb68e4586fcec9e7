"""Messages to instances: signals, actions and staff commands, until a turn takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from workflow.admin import story
from workflow.admin.attempts import OfInstanceAdmin
from workflow.admin.filters import InboxKindFilter, TakenFilter
from workflow.admin.instance_page import instance_url
from workflow.admin.read_only import Fact
from workflow.admin.values import Shown
from workflow.models import InboxMessage
from workflow.templatetags.workflow_admin import instant


class InboxAdmin(OfInstanceAdmin):
    list_display = ("name", "kind", "sender", "of_instance", "admitted_state", "at", "taken")
    list_filter = (TakenFilter, InboxKindFilter)
    heading = "Inbox"
    empty_words = "No message. Whoever holds an instance takes its messages within moments."

    @admin.display(description="from")
    def sender(self, row: InboxMessage) -> str:
        return f"{story.ACTORS.get(row.actor or '', 'engine')} {row.actor_id or ''}".strip()

    @admin.display(description="taken")
    def taken(self, row: InboxMessage) -> SafeString | str:
        return instant(row.taken_at) or "not yet"

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:
        yield Fact("Instance", row.instance_id, instance_url(row.instance_id))
        yield Fact("Message", f"{row.kind} {row.name}, number {row.number}")
        yield Fact("From", self.sender(row))
        yield Fact("Correlation id", row.correlation_id)
        yield Fact("State when it came", row.admitted_state)
        yield Fact("Came", instant(row.created_at))
        yield Fact("Taken", self.taken(row))
        yield Fact("Payload", shown.text(row.payload), is_code=True)
        yield Fact("Answer", shown.text(row.answer), is_code=True)
