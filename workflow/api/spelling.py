"""camelCase outside, snake_case inside."""

from __future__ import annotations

import re


def camel(name: str) -> str:
    """`started_at` -> `startedAt`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def snake(name: str) -> str:
    """`startedAt` -> `started_at`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
