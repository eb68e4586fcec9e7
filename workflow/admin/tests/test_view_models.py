"""The pure parts: spans in words, graphs as positions, and a story's durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflow.admin import drawing, story
from workflow.queries.timeline import Entry
from workflow.templatetags.workflow_admin import span

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0042, "4 ms"), (2.44, "2.4 s"), (65, "1 min 5 s"), (7_440, "2 h 4 min"), (266_400, "3 d 2 h"), (86_400, "1 d")],
)
def test_spans_are_words(seconds: float, words: str) -> None:
    assert span(seconds) == words == span(timedelta(seconds=seconds))


def entry(number: int, event_type: str, after: float, **more: Any) -> Entry:
    known: dict[str, Any] = {"step_key": "", "actor": None, "actor_id": None, "token": None, "details": {}}
    facts = {"sequence_number": number, "event_type": event_type, "at": NOON + timedelta(seconds=after)}
    return Entry(**{**known, **facts, "sentence": f"{event_type}.", **more})


def test_a_story_tells_how_long_things_took_and_where_it_was_quiet() -> None:
    lines = story.tell(
        [
            entry(1, "STARTED", 0, actor="USER", actor_id="7"),
            entry(2, "STEP_STARTED", 1, step_key="pay#1"),
            entry(3, "STEP_COMPLETED", 3, step_key="pay#1"),
            entry(4, "WAIT_STARTED", 3, details={"names": ["OK"], "until": (NOON + timedelta(days=1)).isoformat()}),
            entry(5, "SIGNAL_RECEIVED", 90, actor="PROVIDER", actor_id="bank"),
            entry(6, "RECOVERY", 91),
        ],
        str,
    )
    assert [line.took for line in lines] == [None, None, timedelta(seconds=2), None, timedelta(seconds=87), None]
    assert [line.gap for line in lines] == [None, None, None, None, timedelta(seconds=87), None]
    assert [line.tone for line in lines] == ["state", "step", "done", "wait", "signal", "recovery"]
    assert (lines[0].who, lines[4].who, lines[5].who) == ("customer 7", "provider bank", "engine")
    assert (lines[3].due, lines[3].due_word) == (NOON + timedelta(days=1), "until")


def test_an_atomic_step_says_itself_when_it_began() -> None:
    began = (NOON - timedelta(seconds=4)).isoformat()
    (line,) = story.tell([entry(9, "STEP_COMPLETED", 0, step_key="a#1", details={"started_at": began})], str)
    assert line.took == timedelta(seconds=4)


def test_every_event_type_has_a_colour() -> None:
    from workflow.core.events import EventType

    assert set(EventType) == set(story.TONES)


def arrow(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "action": None, "actors": [], "auto": False, "after_seconds": None, **more}


GRAPH: dict[str, Any] = {
    "initial": "A",
    "states": ["A", "B", "C", "LATE", "NO"],
    "rejecting": ["NO"],
    "transitions": [
        arrow("A", "B", action="GO", actors=["USER"]),
        arrow("A", "A", action="AGAIN"),
        arrow("B", "C", auto=True, step="work"),
        arrow("B", "NO", action="REJECT", actors=["STAFF"]),
        arrow("A", "LATE", after_seconds=60.0),
        arrow("B", "LATE", after_seconds=60.0),
        arrow("C", "A", action="BACK"),
    ],
}


def test_the_main_path_runs_down_and_other_ends_stand_beside_it() -> None:
    found = drawing.draw(GRAPH, current="B", visited={"A"})
    assert found is not None
    boxes = {box.name: box for box in found.boxes}
    assert boxes["A"].y < boxes["B"].y < boxes["C"].y
    assert boxes["LATE"].x == boxes["NO"].x > boxes["A"].x
    assert boxes["LATE"].y != boxes["NO"].y
    assert "wf-node-current" in boxes["B"].classes
    assert "wf-node-visited" in boxes["A"].classes
    assert "wf-node-rejecting" in boxes["NO"].classes
    assert all(box.x + box.width < found.width and box.y + drawing.HEIGHT < found.height for box in found.boxes)
    assert len(found.arrows) == 6


def test_no_box_lies_on_another() -> None:
    found = drawing.draw(GRAPH)
    assert found is not None
    corners = [(box.x, box.y) for box in found.boxes]
    assert len(set(corners)) == len(corners)


def test_a_function_has_no_drawing() -> None:
    assert drawing.draw({"kind": "function"}) is None
