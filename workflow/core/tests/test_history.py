"""The fold: its parts add up, its instants rise, and only the events that were applied count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow.core.events import TERMINAL_EVENTS, Event, EventType
from workflow.core.history import History
from workflow.core.recorded import Attempt
from workflow.core.saga import needs_closing, plan, remaining

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
E = EventType


class Story:
    """Writes events of one instance, a second apart."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tell(E.STARTED, {"input": 1, "changes": {}})

    def tell(self, kind: EventType, payload: dict[str, Any], step_key: str = "") -> Story:
        number = len(self.events) + 1
        self.events.append(Event(number, kind, payload, step_key, BEGAN + timedelta(seconds=number)))
        return self

    def begin(self, position: int, *, undo: bool = True, attempt: int = 1) -> Story:
        payload = {"position": position, "attempt": attempt, "input": {}, "key": f"k{position}", "ref": "m:f"}
        return self.tell(E.STEP_STARTED, {**payload, "undo": "UNDO" if undo else None}, f"s#{position}")

    def complete(self, position: int, **more: Any) -> Story:
        return self.tell(E.STEP_COMPLETED, {"position": position, "attempt": 1, "output": 7, **more}, f"s#{position}")

    def fail(self, position: int, outcome: str, **more: Any) -> Story:
        payload = {"position": position, "attempt": 1, "outcome": outcome, "error": {"type": "X"}, **more}
        return self.tell(E.STEP_FAILED, payload, f"s#{position}")

    def undo(self, position: int) -> Story:
        return self.tell(E.SAGA_COMPENSATION, {"undone": position, "attempt": 1, "undo": "UNDO"}, f"UNDO#{position}")

    @property
    def history(self) -> History:
        return History.fold(self.events)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    story = Story()
    for position in range(1, draw(st.integers(1, 6)) + 1):
        story.begin(position, undo=draw(st.booleans()))
        match draw(st.sampled_from(["complete", "pivot", "FAILED", "REFUSED", "UNKNOWN", "TIMED_OUT", "running"])):
            case "complete":
                story.complete(position)
            case "pivot":
                story.complete(position, pivot=True)
            case "running":
                pass
            case outcome:
                story.fail(position, outcome, final=draw(st.booleans()))
    return story


@given(stories(), st.integers(0, 20))
def test_folding_in_two_parts_is_folding_at_once(story: Story, cut: int) -> None:
    parts = History.fold(story.events[:cut])
    for event in story.events[cut:]:
        parts.apply(event)
    assert parts == story.history


@given(stories())
def test_the_plan_is_every_step_that_may_have_taken_effect_after_the_last_pivot_newest_first(story: Story) -> None:
    history = story.history
    found = plan(history)
    numbers = [recorded.sequence_number for recorded in found]
    sealed = max((r.sequence_number for r in history.commands.values() if r.pivot), default=0)
    assert numbers == sorted(numbers, reverse=True)
    assert all(number > sealed for number in numbers)
    assert all(recorded.undo and recorded.latest is not Attempt.REFUSED for recorded in found)
    left_out = [r for r in history.commands.values() if r not in found]
    assert all(not r.undo or r.latest is Attempt.REFUSED or r.sequence_number <= sealed for r in left_out)


@given(stories())
def test_what_is_undone_is_no_longer_left_and_the_rest_keeps_its_order(story: Story) -> None:
    while left := remaining(story.history):
        before = [step.position for step in left]
        story.undo(before[0])
        assert [step.position for step in remaining(story.history)] == before[1:]
    assert remaining(story.history) == []


@given(stories())
def test_a_key_needs_closing_only_where_it_is_not_known_how_the_attempt_ended(story: Story) -> None:
    for recorded in story.history.commands.values():
        if needs_closing(recorded):
            assert recorded.latest in (Attempt.RUNNING, Attempt.UNKNOWN, Attempt.TIMED_OUT)
            assert not recorded.concluded


def test_the_clock_stands_from_the_wait_to_the_signal_and_no_longer() -> None:
    story = Story()
    story.tell(E.WAIT_STARTED, {"position": 1, "names": ["go"], "until": None}, "go")
    assert story.history.standing_since is not None
    story.tell(E.SIGNAL_RECEIVED, {"name": "other"})
    assert story.history.standing_since is not None
    story.tell(E.SIGNAL_RECEIVED, {"name": "go"})
    assert story.history.standing_since is None
    assert story.history.standing == timedelta(seconds=2)


def test_a_pause_inside_a_wait_leaves_the_clock_standing() -> None:
    story = Story()
    story.tell(E.WAIT_STARTED, {"position": 1, "names": ["go"], "until": None}, "go")
    story.tell(E.PAUSED, {}).tell(E.RESUMED, {})
    assert story.history.standing_since is not None
    story.tell(E.SIGNAL_RECEIVED, {"name": "go"})
    assert story.history.standing == timedelta(seconds=3)


def test_a_new_command_sets_the_clock_going() -> None:
    story = Story()
    story.tell(E.WAIT_STARTED, {"position": 1, "names": ["go"], "until": None}, "go")
    story.tell(E.TIMER_STARTED, {"position": 2, "until": BEGAN.isoformat()}, "sleep#1")
    assert story.history.standing_since is None


def test_an_ignored_signal_is_history_and_nothing_else() -> None:
    story = Story().tell(E.SIGNAL_RECEIVED, {"name": "go", "ignored": True})
    assert story.history.signals == []
    assert story.history.sequence_number == 2


def test_a_pause_remembers_what_it_interrupted() -> None:
    story = Story().tell(E.COMPENSATING, {"failure": {"type": "NO"}}).tell(E.PAUSED, {})
    assert (story.history.status, story.history.resume_status) == ("PAUSED", "COMPENSATING")
    assert story.tell(E.RESUMED, {}).history.status == "COMPENSATING"


def test_every_terminal_event_is_the_status_of_its_name() -> None:
    for kind in TERMINAL_EVENTS:
        assert Story().tell(kind, {"failure": None}).history.status == kind
