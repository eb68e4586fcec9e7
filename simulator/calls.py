"""What happens to a request: journal, fault script, stored answer, act, answer.

Without a fault all of it is one commit. With one, the call is journalled first, so that it is known even if it never
comes back.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator import faults, journal, stored_answers
from simulator.act import Act
from simulator.exchange import Answer, Call, Refusal
from simulator.ledger import savepoint
from simulator.references import reference_of
from simulator.service import Handler
from simulator.world import World

NO_ANSWER = Answer(504, {"code": "SIMULATED_TIMEOUT", "message": "Held until the caller gave up."}, "NOT_ANSWERED")
BROKEN = Answer(500, {"code": "SIMULATED_ERROR", "message": "The provider broke."}, "BROKEN")
KEY_MISSING = Refusal(400, "IDEMPOTENCY_KEY_MISSING", "This operation needs an Idempotency-Key.")


@dataclass(frozen=True)
class Arrival:
    """A journalled call; `answer` is there unless a fault entry decides how it goes on."""

    call: Call
    call_id: int
    entry: faults.Entry | None
    answer: Answer | None


def answer_call(world: World, call: Call, handler: Handler, has_gone: Callable[[], bool]) -> Answer:
    """Take a call through everything that can happen to it; `has_gone` tells whether the caller hung up."""
    arrival = world.ledger.write(lambda tx: _arrive(world, tx, call, handler))
    if arrival.answer is not None:
        world.webhooks.notice()
        return arrival.answer
    answer = _misbehave(world, arrival, handler, has_gone)
    world.ledger.write(lambda tx: journal.answer_call(tx, arrival.call_id, answer, now=world.clock()))
    return answer


def _arrive(world: World, tx: sqlite3.Connection, call: Call, handler: Handler) -> Arrival:
    call = replace(call, reference=reference_of(tx, call))
    entry = faults.take(tx, call)
    call_id = journal.open_call(tx, call, entry, now=world.clock())
    if entry and entry.touches_the_call:
        return Arrival(call, call_id, entry, None)
    answer = _settle(world, tx, call, handler, call_id, entry)
    journal.answer_call(tx, call_id, answer, now=world.clock())
    return Arrival(call, call_id, entry, answer)


def _misbehave(world: World, arrival: Arrival, handler: Handler, has_gone: Callable[[], bool]) -> Answer:
    """Play the entry: what goes wrong before the act, the act, what goes wrong after it."""
    entry = arrival.entry
    assert entry is not None, "only a fault entry leaves a call unanswered at its arrival"
    if entry.do == "slow":
        world.hold(entry.seconds)
    if entry.do == "timeout_before":
        world.hold(entry.seconds, has_gone)
    if entry.do in {"error_before", "timeout_before"}:
        answer = BROKEN if entry.do == "error_before" else NO_ANSWER
        world.ledger.write(lambda tx: journal.settle_call(tx, arrival.call_id, answer))
        return answer
    answer = world.ledger.write(lambda tx: _settle(world, tx, arrival.call, handler, arrival.call_id, entry))
    world.webhooks.notice()
    if entry.do == "early_webhook":
        world.webhooks.deliver_now(arrival.call_id)
    if entry.do == "timeout_after":
        world.hold(entry.seconds, has_gone)
    return {"timeout_after": NO_ANSWER, "error_after": BROKEN}.get(entry.do, answer)


def _settle(
    world: World, tx: sqlite3.Connection, call: Call, handler: Handler, call_id: int, entry: faults.Entry | None
) -> Answer:
    """The act itself, or the answer that already stands under the key."""
    answer = _stored(tx, call) or _act(world, tx, call, handler, call_id, entry)
    journal.settle_call(tx, call_id, answer)
    return answer


def _stored(tx: sqlite3.Connection, call: Call) -> Answer | None:
    if not call.keyed:
        return None
    if not call.key:
        return KEY_MISSING.answer()
    stored = stored_answers.find(tx, call.service, call.key)
    return None if stored is None else stored.replay(call)


def _act(
    world: World, tx: sqlite3.Connection, call: Call, handler: Handler, call_id: int, entry: faults.Entry | None
) -> Answer:
    now = world.clock()
    act = Act(tx=tx, call=call, call_id=call_id, entry=entry, now=now, webhook_delay=world.webhook_delay)
    try:
        if entry and entry.refusal:
            raise entry.refusal
        with savepoint(tx):
            answer = handler(act)
    except Refusal as refusal:
        answer = refusal.answer()
    if call.keyed:
        stored_answers.store(tx, call, answer, resource_id=act.resource_id, now=now)
    return answer
