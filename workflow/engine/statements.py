"""Named SQL statements, read once from `sql/`; and the checkpoint statement, put together from its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
_PART = re.compile(r"^-- part: (\w+)\n", re.MULTILINE)


@cache
def statement(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a flush holds: members under a fence, instances being born, and what their events bring about."""

    members: bool
    births: bool
    advances: bool
    settles: bool
    intents: bool
    ends: bool
    projections: bool


@cache
def checkpoint(shape: Shape, *, skip_locked: bool) -> str:
    """The checkpoint statement with the parts that this shape needs, and no others."""
    parts = _checkpoint_parts()
    sources = [name for name in ("members", "births") if getattr(shape, name)]
    events = "\nUNION ALL\n".join(parts[f"{source}_events"] for source in sources)
    effects = [name for name in ("advances", "settles", "intents", "ends", "projections") if getattr(shape, name)]
    steps = [
        *(parts[source] for source in sources),
        f"fenced AS NOT MATERIALIZED (\n{events}\n)",
        parts["history"],
        *(parts[effect] for effect in effects),
    ]
    results = "\nUNION ALL\n".join(parts[f"{source}_results"] for source in sources)
    text = f"WITH {', '.join(steps)}\n{results}"
    return text.replace("{skip_locked}", "SKIP LOCKED" if skip_locked else "")


@cache
def _checkpoint_parts() -> dict[str, str]:
    pieces = _PART.split(statement("checkpoint"))
    return {name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
