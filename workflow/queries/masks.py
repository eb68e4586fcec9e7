"""Personal values inside JSON, hidden from those without the right to them. Applications say what is personal.

The admin and the operators' API pass everything that they show of inputs, outputs and messages through `masked`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Reader(Protocol):
    """A person who looks at a screen, or asks the API with the session of one."""

    def has_perm(self, perm: str) -> bool: ...


Mask = Callable[[Any], Any]

_masks: dict[Mask, str] = {}


def register_mask(mask: Mask, *, lifted_by: str) -> None:
    """`mask(value)` hides the personal values inside any JSON value, unless the reader has the permission."""
    _masks[mask] = lifted_by


def masked(value: Any, reader: Reader) -> Any:
    """The value as this reader may see it."""
    for mask, permission in _masks.items():
        if not reader.has_perm(permission):
            value = mask(value)
    return value
