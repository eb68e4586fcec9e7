"""The control of running workflows in the Django admin: see everything, put it right through `workflow.client`.

Read `site.py` (addresses), then the screens: `dashboard`, `instances` and `instance_page`, `attempts`, `events`,
`inbox`, `incidents`, `workers`, `definitions`. Beside them stand pure view-models: `standing` (how it stands now),
`story` (its history line by line), `drawing` (a graph as positions). `actions` is the list of what staff can do.

This module holds what applications may use: links to their objects, masks for their personal data, grants to groups.
"""

from workflow.admin.hooks import Link, grant, register_links
from workflow.queries.masks import register_mask

__all__ = ["Link", "grant", "register_links", "register_mask"]
