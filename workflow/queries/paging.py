"""Lists of a million rows: pages from 0 for people, cursors for programs, and a count that stops at 10,000."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from workflow.core.errors import WorkflowError

Row = TypeVar("Row", bound=Model)
SIZE_DEFAULT = 20
SIZE_MAX = 200
ROWS_COUNTED_MAX = 10_000


class PageTooDeep(WorkflowError):
    """Skipping that many rows reads them all; a cursor does not."""

    code = "page-too-deep"


class MalformedCursor(WorkflowError):
    """It is not one that an earlier answer gave."""

    code = "malformed-cursor"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`total` is exact up to 10,000 and `total_is_capped` beyond; `next_cursor` is None at the end."""

    items: list[Row]
    page: int | None
    size: int
    total: int
    total_is_capped: bool
    next_cursor: str | None


def page_of(
    rows: QuerySet[Row],
    *,
    read_cursor: Callable[[str], Any],
    page: int = 0,
    size: int = SIZE_DEFAULT,
    cursor: str | None = None,
) -> Page[Row]:
    """One page of `rows`, newest first: by position, or after the row that `cursor` names (its primary key)."""
    if cursor is None and (page + 1) * size > ROWS_COUNTED_MAX:
        raise PageTooDeep(f"Pages end at row {ROWS_COUNTED_MAX}; go on with nextCursor of an earlier answer.")
    counted = rows.order_by()[: ROWS_COUNTED_MAX + 1].count()
    ordered = rows.order_by("-pk")
    if cursor is not None:
        ordered = ordered.filter(pk__lt=_key(read_cursor, cursor))
    start = 0 if cursor is not None else page * size
    found = list(ordered[start : start + size + 1])
    items = found[:size]
    return Page(
        items=items,
        page=page if cursor is None else None,
        size=size,
        total=min(counted, ROWS_COUNTED_MAX),
        total_is_capped=counted > ROWS_COUNTED_MAX,
        next_cursor=str(items[-1].pk) if len(found) > size else None,
    )


def _key(read_cursor: Callable[[str], Any], cursor: str) -> Any:
    try:
        return read_cursor(cursor)
    except ValueError as error:
        raise MalformedCursor("The cursor is not one that an earlier answer gave.") from error
