"""Named SQL statements, read once from `sql/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text()


@cache
def checkpoint(*, births: bool, projections: bool, skip_locked: bool) -> str:
    """The checkpoint statement; births and the rarer projections are planned only for checkpoints that have them."""
    text = statement("checkpoint")
    for part in ("births", "births_events", "births_results"):
        text = text.replace(f"{{{part}}}", statement(part) if births else "")
    text = text.replace("{projections}", statement("projections") if projections else "")
    return text.replace("{skip_locked}", "SKIP LOCKED" if skip_locked else "")
