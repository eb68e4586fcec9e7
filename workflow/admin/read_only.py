"""The base of all screens of rows: nothing is added, changed or deleted; only `workflow.engine` writes.

A subclass names the columns of its list and answers `facts` for the page of one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from workflow.admin.change_list import KeysetChangeList
from workflow.admin.values import Shown
from workflow.queries.reading import reading

ROWS_PER_PAGE = 50

if TYPE_CHECKING:  # the stubs' class takes the model, Django's own does not
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


@dataclass(frozen=True)
class Fact:
    """A line of a row's page. `url` makes it a link, `is_code` keeps its layout."""

    label: str
    value: Any
    url: str = ""
    is_code: bool = False


class ReadOnlyAdmin(ModelAdmin):
    actions = None
    list_per_page = ROWS_PER_PAGE
    ordering = ("-pk",)
    sortable_by = ()
    show_full_result_count = False
    empty_value_display = ""
    show_facets = admin.ShowFacets.NEVER
    is_unindexed: ClassVar[bool] = False
    heading: ClassVar[str] = ""
    empty_words: ClassVar[str] = "Nothing here."
    detail_template: ClassVar[str] = "admin/workflow/detail.html"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:  # noqa: ARG002
        return KeysetChangeList

    def enrich(self, rows: Sequence[Any], request: HttpRequest) -> None:
        """Hang onto the rows of a page what its columns show, in a bounded number of queries."""

    # -- the list ------------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Like Django's, but a question that takes too long ends, and the page says so."""
        extra = {"title": self.heading, "empty_words": self.empty_words, **(extra_context or {})}
        try:
            with reading():
                return super().changelist_view(request, extra)
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise
        context = {**self.admin_site.each_context(request), "title": "That took too long", "opts": self.opts}
        return TemplateResponse(request, "admin/workflow/too_long.html", context, status=503)

    # -- one row -------------------------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002  Django's
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        context = {**self.context(request, row), **(extra_context or {})}
        return TemplateResponse(request, self.detail_template, context)

    def context(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        """What the page of one row is made of."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "facts": list(self.facts(row, Shown(request.user))),
        }

    def facts(self, row: Any, shown: Shown) -> Iterable[Fact]:
        """The lines of one row's page."""
        raise NotImplementedError(f"{type(self).__name__} names no facts.")
