"""A machine's graph as positions: the main path from top to bottom, other ends beside it, everything else in words.

Pure: the graph of a definition in, boxes and arrows out; the template writes them as SVG with classes only. Arrows to a
box beside the path run along a line of their own to its right, so that none crosses a box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from workflow.templatetags.workflow_admin import span

WIDTH, HEIGHT, ROW = 208, 40, 92
LEFT, TOP = 44, 12
SIDE_LEFT, SIDE_WIDTH = LEFT + WIDTH + 44, 150
LANE = 15
LIMIT_LENGTH = 34


@dataclass(frozen=True)
class Box:
    name: str
    x: int
    y: int
    width: int
    classes: str
    notes: tuple[str, ...] = ()

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def text_y(self) -> int:
        return self.y + 25


@dataclass(frozen=True)
class Arrow:
    path: str
    classes: str
    label: str = ""
    x: int = 0
    y: int = 0


@dataclass
class Drawing:
    width: int = 0
    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


Transition = Mapping[str, Any]


def draw(graph: Mapping[str, Any], *, current: str | None = None, visited: Collection[str] = ()) -> Drawing | None:
    """None for what has no states: a durable function."""
    transitions = list(graph.get("transitions") or ())
    if not transitions:
        return None
    path = main_path(str(graph["initial"]), transitions)
    rows = {state: row for row, state in enumerate(path)}
    beside = sorted(
        (state for state in graph["states"] if state not in rows),
        key=lambda state: _last_source(state, transitions, rows),
    )
    drawing = Drawing()
    boxes = {state: _box(state, row, graph, current, visited) for state, row in rows.items()}
    boxes |= {
        state: _side_box(state, place, graph, current, visited) for state, place in _places(beside, transitions, rows)
    }
    drawing.boxes = list(boxes.values())
    _arrows(drawing, transitions, boxes, rows, beside)
    drawing.height = max(box.y for box in drawing.boxes) + HEIGHT + TOP
    drawing.width = SIDE_LEFT + SIDE_WIDTH + LANE * (len(beside) + 2)
    return drawing


def main_path(initial: str, transitions: Collection[Transition]) -> list[str]:
    """The longest way from the initial state that no time limit takes."""
    exits: dict[str, list[str]] = {}
    for arrow in transitions:
        if arrow.get("after_seconds") is None and arrow["from"] != arrow["to"]:
            exits.setdefault(arrow["from"], []).append(arrow["to"])

    @cache
    def longest(state: str, seen: frozenset[str]) -> tuple[str, ...]:
        ways = [longest(to, seen | {to}) for to in exits.get(state, ()) if to not in seen]
        return (state, *max(ways, key=len, default=()))

    return list(longest(initial, frozenset({initial})))


def _last_source(state: str, transitions: Collection[Transition], rows: Mapping[str, int]) -> int:
    return max((rows.get(arrow["from"], 0) for arrow in transitions if arrow["to"] == state), default=0)


def _places(beside: list[str], transitions: Collection[Transition], rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """Each under its last source, none on another."""
    places, free = [], 0
    for state in beside:
        place = max(_last_source(state, transitions, rows), free)
        free = place + 1
        places.append((state, place))
    return places


def _classes(state: str, graph: Mapping[str, Any], current: str | None, visited: Collection[str]) -> str:
    sources = {arrow["from"] for arrow in graph["transitions"] if arrow["from"] != arrow["to"]}
    marks = {
        "wf-node-current": state == current,
        "wf-node-visited": state in visited and state != current,
        "wf-node-rejecting": state in graph.get("rejecting", ()),
        "wf-node-end": state not in sources,
    }
    return " ".join(["wf-node", *(mark for mark, holds in marks.items() if holds)])


def _box(state: str, row: int, graph: Mapping[str, Any], current: str | None, visited: Collection[str]) -> Box:
    loops = [_words(arrow) for arrow in graph["transitions"] if arrow["from"] == arrow["to"] == state]
    notes = tuple(f"↻ {words}" for words in loops)
    return Box(state, LEFT, TOP + row * ROW, WIDTH, _classes(state, graph, current, visited), notes)


def _side_box(state: str, place: int, graph: Mapping[str, Any], current: str | None, visited: Collection[str]) -> Box:
    y = TOP + place * ROW + ROW // 2 + HEIGHT // 4
    return Box(state, SIDE_LEFT, y, SIDE_WIDTH, _classes(state, graph, current, visited))


def _arrows(
    drawing: Drawing,
    transitions: Collection[Transition],
    boxes: Mapping[str, Box],
    rows: Mapping[str, int],
    beside: list[str],
) -> None:
    downwards: dict[tuple[str, str], list[str]] = {}
    sideways: dict[tuple[str, str], list[Transition]] = {}
    for arrow in transitions:
        ends = (arrow["from"], arrow["to"])
        if ends[0] == ends[1]:
            continue
        if rows.get(ends[1], -1) == rows.get(ends[0], -9) + 1:
            downwards.setdefault(ends, []).append(_words(arrow))
        else:
            sideways.setdefault(ends, []).append(arrow)
    for (source, target), words in downwards.items():
        drawing.arrows.append(_down(boxes[source], boxes[target], " or ".join(words)))
    leaving: Counter[str] = Counter()
    for (source, target), found in sorted(sideways.items(), key=lambda item: item[0][1] in beside[-1:]):
        drawing.arrows.append(_side(boxes[source], boxes[target], found, beside, leaving[source]))
        leaving[source] += 1


def _down(source: Box, target: Box, words: str) -> Arrow:
    x = source.middle - 56
    path = f"M{x} {source.y + HEIGHT}V{target.y}"
    return Arrow(path, "wf-arrow", _short(words), x + 8, source.y + HEIGHT + 20)


def _side(source: Box, target: Box, found: list[Transition], beside: list[str], nth: int) -> Arrow:
    limits = [arrow for arrow in found if arrow.get("after_seconds") is not None]
    classes = "wf-arrow wf-arrow-limit" if len(limits) == len(found) else "wf-arrow"
    start = source.y + 14 + 17 * nth
    if target.name not in beside:  # back or ahead on the main path: along its left
        lane = LEFT - LANE
        return Arrow(f"M{source.x} {start}H{lane}V{target.y + HEIGHT // 2}H{target.x}", classes)
    lane = SIDE_LEFT + SIDE_WIDTH + LANE * (beside.index(target.name) + 1)
    path = f"M{source.x + source.width} {start}H{lane}V{target.y + HEIGHT // 2}H{target.x + target.width}"
    words = " or ".join(_words(arrow) for arrow in found)
    return Arrow(path, classes, _short(words, 26), source.x + source.width + 8, start - 4)


def _words(arrow: Transition) -> str:
    """What leads along an arrow: an action and who may ask, a time limit, or a step by itself."""
    if arrow.get("after_seconds") is not None:
        return f"after {span(arrow['after_seconds'])}"
    if arrow.get("action"):
        actors = ", ".join(actor.lower() for actor in arrow.get("actors") or () if actor != "USER")
        return f"{arrow['action']} ({actors})" if actors else str(arrow["action"])
    reasons = [arrow.get("step"), arrow.get("guard")]
    return " if ".join(str(reason) for reason in reasons if reason) or "by itself"


def _short(words: str, limit: int = LIMIT_LENGTH) -> str:
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


@dataclass(frozen=True)
class TableRow:
    """A transition in words, for the table beside the graph."""

    source: str
    by: str
    target: str
    step: str
    undo: str
    is_background: bool


def row_of(arrow: Transition) -> TableRow:
    return TableRow(
        source=str(arrow["from"]),
        by=_words(arrow),
        target=str(arrow["to"]),
        step=str(arrow.get("step") or ""),
        undo=str(arrow.get("compensation") or ""),
        is_background=bool(arrow.get("background")),
    )
