"""History: the fold of an instance's events. The stored row, the replay cursor and the rollback plan all come from it.

`History.apply` is the only rule for what an event means; a live turn applies each event it writes, a replay each event
it reads, so both see the same thing by construction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflow.core.events import JSON, Event, EventType
from workflow.core.fold import RULES
from workflow.core.recorded import CommandKind, Recorded, RecordedSignal

E = EventType

KIND_OF: dict[EventType, CommandKind] = {
    E.SIDE_EFFECT: CommandKind.SIDE_EFFECT,
    E.WAIT_STARTED: CommandKind.WAIT,
    E.TIMER_STARTED: CommandKind.TIMER,
    E.CHILD_STARTED: CommandKind.CHILD,
    E.STATE_ENTERED: CommandKind.ENTER,
    E.MESSAGE_PUBLISHED: CommandKind.PUBLISH,
    E.CONTINUED: CommandKind.CONTINUE,
}


@dataclass(slots=True)
class History:
    """The folded events of one instance, from the beginning or from a cursor (snapshot, CONTINUED)."""

    sequence_number: int = 0
    status: str = "ACTIVE"
    resume_status: str | None = None
    state: str | None = None
    input: Any = None
    result: Any = None
    failure: JSON | None = None
    changes: dict[str, int] = field(default_factory=dict)
    markers: dict[str, int] = field(default_factory=dict)
    memory: JSON = field(default_factory=dict)
    commands: dict[int, Recorded] = field(default_factory=dict)
    last_position: int = 0  # of the commands
    undos: dict[int, Recorded] = field(default_factory=dict)  # by position of the undone step
    signals: list[RecordedSignal] = field(default_factory=list)
    children: dict[str, JSON] = field(default_factory=dict)  # child id -> CHILD_ENDED payload
    base: int = 0  # the number a turn need not read before: its last cursor's
    cursor: JSON | None = None  # where the Run begins when not at position 0
    started_at: datetime | None = None
    last_at: datetime | None = None
    standing: timedelta = timedelta(0)  # how long the run clock stood still so far
    standing_since: datetime | None = None
    compensating_at: datetime | None = None  # when the rollback began, or was tried again
    awaited: tuple[str, ...] = ()
    cancel: JSON | None = None
    pause: JSON | None = None
    pivoted: bool = False
    incidents: int = 0
    recoveries: int = 0

    @classmethod
    def fold(cls, events: Iterable[Event]) -> History:
        history = cls()
        for event in events:
            history.apply(event)
        return history

    @property
    def length(self) -> int:
        """How many events a turn has to read."""
        return self.sequence_number - self.base

    @property
    def awaits_children(self) -> bool:
        """A child that was started has not ended."""
        started = sum(command.kind is CommandKind.CHILD for command in self.commands.values())
        return started > len(self.children)

    @property
    def terminal(self) -> bool:
        return self.status in ("COMPLETED", "COMPENSATED", "FAILED", "CANCELLED", "TIMED_OUT")

    def restore(self, cursor: JSON) -> None:
        """Begin at a cursor (see Run.cursor): what stands before it needs no reading."""
        self.cursor = cursor
        self.state, self.memory = cursor["state"], cursor["memory"]
        self.markers, self.pivoted = dict(cursor["markers"]), cursor["pivoted"]
        self.signals = [RecordedSignal.from_json(raw) for raw in cursor["unread"]]

    def apply(self, event: Event) -> None:
        self.sequence_number = event.sequence_number
        self.last_at = event.created_at
        if event.type in KIND_OF and "position" in event.payload:
            self._command(event)
        rule = RULES.get(event.type)
        if rule is not None:
            rule(self, event)

    def _command(self, event: Event) -> None:
        payload = event.payload
        position = payload["position"]
        recorded = Recorded(position, KIND_OF[event.type], event.step_key, payload.get("input"), event.sequence_number)
        recorded.at = event.created_at
        self.commands[position] = recorded
        self.last_position = max(self.last_position, position)
        self.move(event.created_at)  # code that asks for the next thing waits for nothing
        self.awaited = ()

    def stand(self, since: datetime) -> None:
        if self.standing_since is None:
            self.standing_since = since

    def move(self, at: datetime) -> None:
        if self.standing_since is not None:
            self.standing += max(at - self.standing_since, timedelta(0))
            self.standing_since = None

    def resume_clock(self, at: datetime) -> None:
        """A pause or an incident is over; the clock goes on unless the run waits for something named."""
        self.move(at)
        if self.awaited:
            self.stand(at)

    def step(self, payload: JSON, step_key: str, sequence_number: int) -> Recorded:
        """The record of a step or, in the rollback, of an undo."""
        undone = payload.get("undone")
        table, position = (self.commands, payload["position"]) if undone is None else (self.undos, undone)
        if position not in table:
            if undone is None:
                self.last_position = max(self.last_position, position)
            table[position] = Recorded(position, CommandKind.STEP, step_key, payload.get("input"), sequence_number)
        return table[position]
