"""What applications tell the admin without the admin knowing them: links to their objects, and grants to groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.models import Instance


@dataclass(frozen=True)
class Link:
    """A business object of an instance: what it is called, and its screen."""

    label: str
    url: str


LinkMaker = Callable[[Sequence["Instance"], Any], Mapping[Any, list[Link]]]

_makers: dict[str, LinkMaker] = {}
_grants: dict[str, set[str]] = defaultdict(set)


def register_links(workflow: str, maker: LinkMaker) -> None:
    """`maker(instances, user)` answers id -> links for a whole page of instances of `workflow`, in one query."""
    _makers[workflow] = maker


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
