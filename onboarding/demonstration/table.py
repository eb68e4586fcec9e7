"""The table that the demonstration ends with."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from onboarding.demonstration.stage import Ending

HEADINGS = ("Scenario", "Instance", "Status", "Seconds", "What happened")


def table(endings: Sequence[Ending], site_url: str) -> str:
    """One row per instance, with its path and its place in the admin below."""
    rows = [
        (each.scenario, each.instance_id, each.status, f"{each.duration_seconds:.1f}", each.remark) for each in endings
    ]
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths), _line(tuple("-" * width for width in widths), widths)]
    for row, ending in zip(rows, endings, strict=True):
        lines += [
            _line(row, widths),
            f"  path   {' > '.join(ending.path)}",
            f"  admin  {admin_url(ending, site_url)}",
            "",
        ]
    return "\n".join(lines)


def admin_url(ending: Ending, site_url: str) -> str:
    """Where staff sees the instance."""
    return f"{site_url}{reverse('admin:workflow_instance_change', args=[ending.instance_id])}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
