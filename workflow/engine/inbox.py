"""The inbox as a turn reads it: signals become history, controls are honoured, actions are judged under the lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflow.core.errors import CodecError, InvalidInput
from workflow.core.events import EventType, NewEvent
from workflow.core.machine import Actor, Machine
from workflow.engine.connection import fetch
from workflow.engine.journal import InboxMark
from workflow.engine.judgement import Verdict, judge, refusal

if TYPE_CHECKING:
    from workflow.engine.turn import Turn

READ = """SELECT i.inbox_number, b.number, b.kind, b.name, b.payload, b.actor, b.actor_id, b.admitted_state
    FROM workflow_instance i LEFT JOIN workflow_inbox b ON b.instance_id = i.id AND b.taken_at IS NULL
    WHERE i.id = %(id)s::text::uuid ORDER BY b.number"""


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    kind: str
    name: str
    payload: Any
    actor: str | None
    actor_id: str | None
    admitted_state: str | None


def admit(turn: Turn, *, ended: bool = False) -> bool:
    """Read what stands in the inbox. True: something became history, so whoever waits looks again.

    A machine's actions are taken only where the machine waits (`turn.waiting_state`); the rest stays for its state.
    """
    if turn.inbox_number == 0 and not turn.standing:
        return False
    with turn.lock:  # parallel siblings read it once, and no flush parts a message from its mark
        if turn.inbox_number > turn.inbox_read:
            rows = fetch(READ, {"id": turn.lease.id})
            if rows:
                turn.inbox_read = turn.inbox_number = rows[0][0]
                turn.standing = [Row(*row[1:]) for row in rows if row[1] is not None and row[1] not in turn.taken]
        before = turn.history.sequence_number
        turn.standing = [row for row in turn.standing if not _take(turn, row, ended=ended)]
        return turn.history.sequence_number > before


def _take(turn: Turn, row: Row, *, ended: bool) -> bool:
    """Whether the row is dealt with."""
    match row.kind:
        case "CONTROL":
            _control(turn, row)
        case "CHILD":
            turn.record(NewEvent(EventType.CHILD_ENDED, row.payload, row.name))
        case "ACTION" if turn.definition.machine is not None:
            return _action(turn, row, turn.definition.machine, ended=ended)
        case _:
            turn.record(_received(row, ignored=ended))
    return _mark(turn, row)


def _mark(turn: Turn, row: Row, answer: Any = None) -> bool:
    turn.marks.append(InboxMark(row.number, answer))
    turn.taken.add(row.number)
    return True


def _received(row: Row, *, ignored: bool = False) -> NewEvent:
    payload = {"name": row.name, "data": row.payload, "inbox": row.number}
    if ignored:
        payload["ignored"] = True
    return NewEvent(EventType.SIGNAL_RECEIVED, payload, row.name, row.actor, row.actor_id)


def _action(turn: Turn, row: Row, machine: type[Machine], *, ended: bool) -> bool:
    waiting = turn.waiting_state
    if waiting is None and not ended:
        return False  # a transition is under way: it stands until the machine waits again
    verdict = judge(machine, waiting or "", row.name, row.actor or "", row.admitted_state, ended=ended)
    match verdict:
        case Verdict.ACCEPT:
            return _accept(turn, row, machine, str(waiting))
        case Verdict.IGNORE:
            return _ignore(turn, row)
        case Verdict.EARLY:
            return False
        case Verdict.REFUSE:
            return _mark(turn, row, refusal(machine, waiting or str(turn.history.state), row.name))
    return False


def _accept(turn: Turn, row: Row, machine: type[Machine], state: str) -> bool:
    """Its data is looked into only now that its arrow is known."""
    transition = machine.find(state, row.name, row.actor or "")
    assert transition is not None
    try:
        transition.data.load(row.payload)
    except CodecError as error:
        if row.actor == Actor.PROVIDER:
            return _ignore(turn, row)
        return _mark(turn, row, {"status": "refused", "code": InvalidInput.code, "detail": error.message})
    turn.record(_received(row))
    turn.waiting_state = None
    return _mark(turn, row)


def _ignore(turn: Turn, row: Row) -> bool:
    turn.record(_received(row, ignored=True))
    return _mark(turn, row, {"status": "ignored", "state": turn.history.state})


def _control(turn: Turn, row: Row) -> None:
    payload = {**(row.payload or {}), "verb": row.name}
    turn.record(NewEvent(EventType.STAFF_ACTION, payload, "", row.actor, row.actor_id))
