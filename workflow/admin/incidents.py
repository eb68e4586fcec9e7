"""Incidents: what needs a person. First those nobody has settled; each with its cause in plain words and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow.admin.actions import offered, offered_for_incident
from workflow.admin.attempts import OfInstanceAdmin
from workflow.admin.filters import IncidentKindFilter, IncidentStatusFilter, IncidentWorkflowFilter
from workflow.admin.hooks import links_of
from workflow.admin.instance_page import instance_url, with_texts
from workflow.admin.read_only import Fact
from workflow.admin.standing import enriched, kind_in_words
from workflow.admin.values import Shown
from workflow.engine.clock import clock
from workflow.models import Incident, IncidentKind, Instance, StepExecution
from workflow.templatetags.workflow_admin import instant

CAUSES: dict[str, tuple[str, str]] = {
    IncidentKind.STEP_EXHAUSTED: (
        "A step failed in every attempt that its policy allows.",
        "Look at its error. Once the cause is gone, retry it; or complete or skip it by hand.",
    ),
    IncidentKind.OUTCOME_UNKNOWN: (
        "Nobody could tell whether a call outside took effect.",
        "Look at the provider under the idempotency key. If it was done, complete the step; if not, retry it.",
    ),
    IncidentKind.WORKFLOW_BUG: (
        "The workflow's own code raised an error.",
        "Deploy a corrected version, then resume. Nothing is lost meanwhile.",
    ),
    IncidentKind.DIVERGENCE: (
        "The code asks for other steps than the history holds: it was changed while this ran.",
        "Put the code back, or give the change a version; then resume.",
    ),
    IncidentKind.MISSING_DEFINITION: (
        "No living worker knows this workflow in this version.",
        "Start workers with its code, then resume.",
    ),
    IncidentKind.QUARANTINE: (
        "Every turn of this instance ended its worker.",
        "Find out what kills the process (memory, a native library), then resume.",
    ),
    IncidentKind.COMPENSATION_FAILED: (
        "An undo failed for good; the others are done.",
        "Compensate to try the failed undos again; or undo by hand and resolve the compensation.",
    ),
    IncidentKind.TERMINATED: (
        "It was terminated with effects that are not undone.",
        "Compensate to undo them, or undo by hand and resolve the compensation.",
    ),
    IncidentKind.HISTORY_TOO_LONG: (
        "Its history has become too long to be replayed in reasonable time.",
        "Let the workflow go on with continue_as; cancel this instance and start it anew.",
    ),
    IncidentKind.AUDIT: (
        "An auditor found a difference.",
        "Read the finding, put it right, and say how it was resolved.",
    ),
}


class IncidentAdmin(OfInstanceAdmin):
    list_display = ("what", "cause", "status_word", "of_instance", "belongs_to", "step_key", "opened")
    list_filter = (IncidentStatusFilter, IncidentKindFilter, IncidentWorkflowFilter)
    list_display_links = None
    is_unindexed = False
    heading = "Incidents"
    empty_words = "Nothing needs a person."
    detail_template = "admin/workflow/incident.html"

    def enrich(self, rows: Sequence[Any], request: HttpRequest) -> None:
        instances = Instance.objects.in_bulk([row.instance_id for row in rows if row.instance_id])
        links = links_of(list(instances.values()), request.user)
        for row in rows:
            row.links = links.get(row.instance_id, [])

    @admin.display(description="incident")
    def what(self, row: Incident) -> SafeString:
        words = kind_in_words(row.kind).capitalize()
        return format_html('<a href="{}/change/">{} <span class="wf-id">#{}</span></a>', row.pk, words, row.pk)

    @admin.display(description="cause")
    def cause(self, row: Incident) -> SafeString:
        return format_html('{}<span class="wf-quiet">{}</span>', CAUSES[row.kind][0], row.message)

    @admin.display(description="status")
    def status_word(self, row: Incident) -> SafeString:
        who = f" by {row.acknowledged_by}" if row.acknowledged_by and row.status == "ACKNOWLEDGED" else ""
        return format_html('<span class="wf-status wf-incident-{}">{}{}</span>', row.status.lower(), row.status, who)

    @admin.display(description="belongs to")
    def belongs_to(self, row: Any) -> SafeString | str:
        return format_html(", ".join(['<a href="{}">{}</a>'] * len(row.links)), *_flat(row.links)) if row.links else ""

    @admin.display(description="opened")
    def opened(self, row: Incident) -> SafeString | str:
        return instant(row.opened_at)

    def context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        shown = Shown(request.user)
        instance: Any = Instance.objects.filter(pk=row.instance_id).first()
        attempts = StepExecution.objects.filter(instance_id=row.instance_id, step_key=row.step_key).order_by("pk")
        cause, advice = CAUSES[row.kind]
        return {
            **super().context(request, row),
            "title": kind_in_words(row.kind).capitalize(),
            "incident": row,
            "cause": cause,
            "advice": advice,
            "instance": enriched([instance], clock.now())[0] if instance is not None else None,
            "links": links_of([instance], request.user).get(instance.pk, []) if instance else [],
            "attempts": with_texts(list(attempts[:50]), shown) if row.step_key else [],
            "offers": offered_for_incident(row, request.user, is_blocking=_is_blocking(instance)),
            "instance_offers": offered(instance, request.user)
            if instance is not None and row.status != "RESOLVED"
            else [],
        }

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:
        yield Fact("Status", self.status_word(row))
        if row.instance_id is not None:
            yield Fact("Instance", row.instance_id, instance_url(row.instance_id))
        yield Fact("Step", row.step_key)
        yield Fact("Subject", row.subject)
        yield Fact("Severity", row.severity.lower())
        yield Fact("Signature", row.signature)
        yield Fact("Opened", instant(row.opened_at))
        yield Fact("Acknowledged by", row.acknowledged_by)
        yield Fact("Resolved", instant(row.resolved_at))
        yield Fact("Resolved by", row.resolved_by)
        yield Fact("Resolution", row.resolution)
        yield Fact("Details", shown.text(row.details or None), is_code=True)


def _is_blocking(instance: Instance | None) -> bool:
    return instance is not None and instance.is_live and instance.is_waiting_for_incident


def _flat(links: Sequence[Any]) -> list[str]:
    return [part for link in links for part in (link.url, link.label)]


def incident_url(incident_id: int) -> str:
    return reverse("admin:workflow_incident_change", args=[incident_id])
