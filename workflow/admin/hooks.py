"""What applications tell the admin without the admin knowing them: links to their objects, masks, grants to groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from workflow.models import Instance


@dataclass(frozen=True)
class Link:
    """A business object of an instance: what it is called, and its screen."""

    label: str
    url: str


class Reader(Protocol):
    """A person who looks at a screen."""

    def has_perm(self, perm: str) -> bool: ...


LinkMaker = Callable[[Sequence["Instance"], Any], Mapping[Any, list[Link]]]
Mask = Callable[[Any], Any]

_makers: dict[str, LinkMaker] = {}
_masks: dict[Mask, str] = {}
_grants: dict[str, set[str]] = defaultdict(set)


def register_links(workflow: str, maker: LinkMaker) -> None:
    """`maker(instances, user)` answers id -> links for a whole page of instances of `workflow`, in one query."""
    _makers[workflow] = maker


def register_mask(mask: Mask, *, lifted_by: str) -> None:
    """`mask(value)` hides the personal values inside any JSON value, unless the reader has the permission."""
    _masks[mask] = lifted_by


def grant(group: str, *permissions: str) -> None:
    """Permissions (`app.codename`) that a group of `workflow.admin.groups` has beside the workflow's own."""
    _grants[group].update(permissions)


def granted(group: str) -> set[str]:
    return set(_grants[group])


def links_of(rows: Sequence[Instance], user: Any) -> dict[Any, list[Link]]:
    """The links of these instances, by id: one call for each workflow among them."""
    found: dict[Any, list[Link]] = {}
    for workflow in sorted({row.workflow for row in rows} & set(_makers)):
        found.update(_makers[workflow]([row for row in rows if row.workflow == workflow], user))
    return found


def masked(value: Any, reader: Reader) -> Any:
    """The value as this reader may see it."""
    for mask, permission in _masks.items():
        if not reader.has_perm(permission):
            value = mask(value)
    return value
