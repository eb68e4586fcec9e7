"""Named SQL statements, read once from `sql/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text()


@cache
def checkpoint(*, projections: bool, skip_locked: bool) -> str:
    """The checkpoint statement; the rarer projections are planned only for checkpoints that have them."""
    extra = statement("projections") if projections else ""
    text = statement("checkpoint")
    return text.replace("{projections}", extra).replace("{skip_locked}", "SKIP LOCKED" if skip_locked else "")
