"""Instants, spans and counts in the form that the admin's screens share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
DAY = 86_400
UNITS = ((DAY, "d"), (3_600, "h"), (60, "min"))


@register.filter
def instant(at: datetime | None) -> SafeString | str:
    """Time of day for today, the date as well for other days; always UTC."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    text = local.strftime("%H:%M:%S") if is_today else local.strftime("%Y-%m-%d %H:%M:%S")
    exact = f"{local:%Y-%m-%d %H:%M:%S.%f} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, text)


@register.filter
def span(length: timedelta | float | None) -> str:
    """`350 ms`, `2.4 s`, `3 min 5 s`, `2 h 4 min`, `3 d 2 h`."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return _long(int(seconds))


def _long(seconds: int) -> str:
    for size, unit in UNITS:
        if seconds >= size:
            finer, name = {"d": (3_600, "h"), "h": (60, "min"), "min": (1, "s")}[unit]
            rest = seconds % size // finer
            return f"{seconds // size} {unit}{f' {rest} {name}' if rest else ''}"
    return f"{seconds} s"


@register.filter
def lookup(values: dict[Any, Any], key: Any) -> Any:
    return values.get(key)
