"""Lists that stay fast with millions of rows: newest first, from a row on, never skipping, counted up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core import paginator
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from workflow.queries.paging import ROWS_COUNTED_MAX

BEFORE = "before"
ROWS_SEARCHED_MAX = 200_000

if TYPE_CHECKING:  # the stubs' class takes the row, Django's own does not
    Paginator = paginator.Paginator[Any]
else:
    Paginator = paginator.Paginator


class CappedPaginator(Paginator):
    """Counts no further than ROWS_COUNTED_MAX + 1."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: ROWS_COUNTED_MAX + 1].count())


class KeysetChangeList(ChangeList):
    """`?before=ID` goes on after the row with this key: no offset, however deep."""

    older: str | None = None
    is_first_page = True

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        before = self.params.pop(BEFORE, None)
        self.filter_params.pop(BEFORE, None)
        rows = super().get_queryset(request, exclude_parameters)
        if self.has_active_filters and getattr(self.model_admin, "is_unindexed", False) and not self.query:
            rows = rows.filter(pk__gt=self._window_start())
        self.all_rows = rows
        if before is None:
            return rows
        self.is_first_page = False
        try:
            return rows.filter(pk__lt=self.model._meta.pk.to_python(before))
        except ValidationError as error:
            raise IncorrectLookupParameters from error

    def _window_start(self) -> int:
        """Filters without an index look at the latest rows only."""
        latest = self.root_queryset.order_by("-pk").values_list("pk", flat=True).first() or 0
        return int(latest) - ROWS_SEARCHED_MAX

    def get_results(self, request: HttpRequest) -> None:
        rows = list(self.queryset[: self.list_per_page + 1])
        self.result_list = rows[: self.list_per_page]
        if len(rows) > self.list_per_page:
            self.older = self.get_query_string({BEFORE: self.result_list[-1].pk})
        self.paginator = CappedPaginator(self.all_rows, self.list_per_page)
        counted = self.paginator.count
        self.result_count = min(counted, ROWS_COUNTED_MAX)
        self.is_capped = counted > ROWS_COUNTED_MAX
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = self.show_admin_actions = False
        screen: Any = self.model_admin
        screen.enrich(self.result_list, request)

    @property
    def newest(self) -> str:
        return self.get_query_string()
