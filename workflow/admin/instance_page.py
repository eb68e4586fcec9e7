"""One instance: how it stands and why, its story, its attempts, what was sent to it, its relatives, its graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.functional import cached_property

from workflow import client
from workflow.admin import drawing, story
from workflow.admin.actions import offered
from workflow.admin.hooks import links_of
from workflow.admin.read_only import ReadOnlyAdmin
from workflow.admin.standing import enriched
from workflow.admin.values import Shown
from workflow.core.errors import InstanceNotFound, UnknownDefinition
from workflow.engine.clock import clock
from workflow.models import InboxMessage, Incident, Instance, StateSnapshot, StepExecution, Worker, WorkflowEvent
from workflow.queries import definitions, instances, timeline
from workflow.queries.reading import reading

LINES_PER_PAGE = 500
ROWS_SHOWN_MAX = 200


class InstanceDetails:
    """What the page shows, each part read when the template asks for it."""

    def __init__(self, row: Instance, user: Any, *, after: int = 0) -> None:
        self.row: Any = enriched([row], clock.now())[0]
        self.user, self.after = user, after
        self.shown = Shown(user)

    @cached_property
    def lines(self) -> list[story.Line]:
        entries = timeline.read_timeline(
            self.row.pk, after=self.after, size=LINES_PER_PAGE, with_values=self.shown.with_values
        )
        return story.tell(entries, lambda payload: self.shown.text(payload) if self.shown.with_values else "")

    @property
    def next_after(self) -> int | None:
        return self.lines[-1].number if len(self.lines) == LINES_PER_PAGE else None

    @cached_property
    def attempts(self) -> Sequence[StepExecution]:
        return with_texts(instances.list_attempts(self.row.pk)[:ROWS_SHOWN_MAX], self.shown)

    @cached_property
    def inbox(self) -> list[Any]:
        rows: list[Any] = list(
            InboxMessage.objects.filter(instance_id=self.row.pk).order_by("-number")[:ROWS_SHOWN_MAX]
        )
        for row in rows:
            row.payload_text, row.answer_text = self.shown.text(row.payload), self.shown.text(row.answer)
        return rows

    @cached_property
    def snapshots(self) -> list[Any]:
        found = StateSnapshot.objects.filter(instance_id=self.row.pk).order_by("-sequence_number")
        rows: list[Any] = list(found[:ROWS_SHOWN_MAX])
        for row in rows:
            row.data_text = self.shown.text(row.data)
        return rows

    @cached_property
    def incidents(self) -> list[Incident]:
        return list(Incident.objects.filter(instance_id=self.row.pk).order_by("-pk")[:ROWS_SHOWN_MAX])

    @cached_property
    def children(self) -> list[Any]:
        rows = list(Instance.objects.filter(parent_id=self.row.pk).order_by("created_at")[:ROWS_SHOWN_MAX])
        return list(enriched(rows, clock.now()))

    @cached_property
    def links(self) -> list[Any]:
        return links_of([self.row], self.user).get(self.row.pk, [])

    @cached_property
    def worker(self) -> Worker | None:
        return Worker.objects.filter(pk=self.row.worker_id).first() if self.row.worker_id else None

    @cached_property
    def possible(self) -> list[str]:
        """What somebody other than staff may do now, in words."""
        found = client.describe(str(self.row.pk)).possible_actions
        return [f"{action} ({', '.join(actor.lower() for actor in actors)})" for action, actors in found]

    @property
    def actions(self) -> list[Any]:
        return offered(self.row, self.user)

    @cached_property
    def drawing(self) -> drawing.Drawing | None:
        try:
            graph = definitions.get_definition(self.row.workflow, self.row.version).graph
        except UnknownDefinition:
            return None
        states = {snapshot.state for snapshot in self.snapshots}
        return drawing.draw(graph, current=self.row.state, visited=states)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Input, result and failure."""
        row = self.row
        values = (("Input", row.input), ("Result", row.result))
        found = [(label, self.shown.text(value)) for label, value in values if value is not None]
        return found if row.failure is None else [*found, ("Failure", self.shown.text(row.failure))]


def with_texts(attempts: Sequence[Any], shown: Shown) -> Sequence[Any]:
    """Attempts with what a reader may see of their values, and how long each took."""
    for attempt in attempts:
        error = attempt.error or {}
        attempt.input_text, attempt.output_text = shown.text(attempt.input), shown.text(attempt.output)
        attempt.error_words = f"{error.get('type', '')}: {error.get('message', '')}".strip(": ")
        attempt.traceback_text = shown.words(error.get("traceback"))
        attempt.took = attempt.finished_at - attempt.started_at if attempt.finished_at else None
    return attempts


class InstancePage(ReadOnlyAdmin):
    """The screen of one instance; `InstanceAdmin` adds the list."""

    detail_template = "admin/workflow/instance.html"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:  # noqa: ARG002
        try:
            return instances.get_instance(object_id)
        except InstanceNotFound:
            return None

    def context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        details = InstanceDetails(row, request.user, after=_number(request.GET.get("after")))
        title = f"{row.workflow} v{row.version}"
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "details": details}

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.history_json)
        return [path("<uuid:instance_id>/history.json", view, name="workflow_instance_json"), *super().get_urls()]

    def history_json(self, request: HttpRequest, instance_id: UUID) -> HttpResponse:
        """Every event as it is stored, with masks; for those who may see values."""
        shown = Shown(request.user)
        if not (self.has_view_permission(request) and shown.with_values):
            raise PermissionDenied
        if not Instance.objects.filter(pk=instance_id).exists():
            raise Http404(f"There is no instance {instance_id}.")
        fields = ("sequence_number", "event_type", "step_key", "payload", "actor", "actor_id", "token", "created_at")
        with reading():
            rows = list(
                WorkflowEvent.objects.filter(instance_id=instance_id).order_by("sequence_number").values(*fields)
            )
        body = [{**row, "payload": shown.value(row["payload"])} for row in rows]
        return JsonResponse(body, safe=False, json_dumps_params={"indent": 2})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Its history is on its page."""
        return self.change_view(request, object_id)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def instance_url(instance_id: Any) -> str:
    return reverse("admin:workflow_instance_change", args=[instance_id])
