"""What lists are narrowed by: choices only, each an exact question. Their names in the address are the API's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from workflow.core.registry import registry
from workflow.models import LIVE, IncidentKind, IncidentStatus, Instance, Status, StepKind, StepStatus
from workflow.models.event import OPERATORS_EVENTS
from workflow.models.message import InboxKind
from workflow.queries import definitions

Choices = list[tuple[str, str]]


class Choice(admin.SimpleListFilter):
    """One column, one of a few values."""

    column: ClassVar[str]
    choices_given: ClassVar[Any] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        return [(str(value), str(value)) for value in self.choices_given]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        value = self.value()
        if value is None:
            return queryset
        try:
            return queryset.filter(**{self.column: value})
        except ValueError as error:
            raise IncorrectLookupParameters from error


class WorkflowFilter(Choice):
    title = "workflow"
    parameter_name = column = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        return [(found.workflow, found.workflow) for found in definitions.list_workflows()]


class VersionFilter(Choice):
    title = "version"
    parameter_name = column = "version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        return [(str(version), f"v{version}") for version in sorted({definition.version for definition in registry})]


class StateFilter(Choice):
    title = "state"
    parameter_name = column = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        """In the order of the machines' tables, those of the chosen workflow where one is chosen."""
        chosen = request.GET.get("workflow")
        machines = [d.machine for d in registry if d.machine is not None and chosen in (None, d.name)]
        states = dict.fromkeys(state for machine in machines for state in machine.states())
        return [(state, state) for state in states]


class StatusFilter(Choice):
    title = "status"
    parameter_name = column = "status"
    choices_given = Status.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A live status implies unfinished: said aloud, so that the index of live instances serves."""
        rows = super().queryset(request, queryset)
        return rows.filter(finished_at=None) if self.value() in LIVE else rows


class LifeFilter(Choice):
    title = "standing"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        return [("true", "unfinished"), ("false", "ended"), ("incident", "in an incident"), ("paused", "paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        match self.value():
            case "true":
                return queryset.filter(finished_at=None)
            case "false":
                return queryset.filter(finished_at__isnull=False)
            case "incident":
                return queryset.filter(finished_at=None, waiting_for__contains=["INCIDENT"])
            case "paused":
                return queryset.filter(finished_at=None, status=Status.PAUSED)
        return queryset


class AttemptStatusFilter(Choice):
    title = "status"
    parameter_name = column = "status"
    choices_given = StepStatus.values


class AttemptKindFilter(Choice):
    title = "kind"
    parameter_name = column = "kind"
    choices_given = StepKind.values


class EventTypeFilter(Choice):
    """The types that the operators' index holds."""

    title = "type"
    parameter_name = column = "event_type"
    choices_given = OPERATORS_EVENTS


class InboxKindFilter(Choice):
    title = "kind"
    parameter_name = column = "kind"
    choices_given = InboxKind.values


class TakenFilter(Choice):
    title = "taken"
    parameter_name = "taken"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:  # noqa: ARG002
        return [("false", "still standing there"), ("true", "taken by a turn")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset if self.value() is None else queryset.filter(taken_at__isnull=self.value() == "false")


class IncidentKindFilter(Choice):
    title = "kind"
    parameter_name = column = "kind"
    choices_given = IncidentKind.values


class IncidentWorkflowFilter(WorkflowFilter):
    """Of the instances that incidents are about."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.value() is None:
            return queryset
        return queryset.filter(Exists(Instance.objects.filter(pk=OuterRef("instance_id"), workflow=self.value())))


class IncidentStatusFilter(Choice):
    """What needs somebody comes first: without a choice, only what is not resolved."""

    title = "status"
    parameter_name = column = "status"
    choices_given = (*IncidentStatus.values, "ALL")

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "not resolved",
        }
        for value, words in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": words.lower(),
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "ALL":
            return queryset
        if self.value() is None:
            return queryset.filter(status__in=(IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED))
        return super().queryset(request, queryset)
