"""Admitting actions and signals. Read `act`: admit under the row lock, drive inline, wait for the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from workflow.conf import conf
from workflow.core.codec import Codec
from workflow.core.errors import ActionNotPossible, AlreadyFinished, CodecError, InvalidInput
from workflow.core.machine import Actor, Machine, Transition
from workflow.engine import claims, hosting, idempotency, messages
from workflow.engine.answers import ActionResult, await_answer, refused, result_of
from workflow.engine.connection import inside_transaction
from workflow.engine.frontdoor import Locked, append, locked, now_for, received
from workflow.engine.host import Host
from workflow.engine.judgement import Verdict, judge, refusal
from workflow.engine.lease import Lease, load_histories
from workflow.engine.wakeup import notifier

ANYTHING = Codec(Any)
RESERVED_NAMES = ("INCIDENT", "CHILD", "LIMIT")


@dataclass(slots=True)
class Message:
    """An action or a signal on its way in."""

    instance_id: str
    name: str
    data: Any
    actor: str
    actor_id: str | None
    correlation_id: str | None
    idempotency_key: str | None
    scope: str
    kind: str = "ACTION"
    reserved: bool = False  # a slot for its inline turn


@dataclass(slots=True)
class Admitted:
    """What became of a message under the row lock."""

    number: int | None = None  # the inbox row where its answer will stand
    result: ActionResult | None = None  # known at once
    lease: Lease | None = None  # taken for an inline turn
    wake: bool = False


def act(message: Message, wait: float | None) -> ActionResult:
    """One action, judged against the table. See the front door for outcomes and errors."""
    return _admit(message, _admit_action, wait)


def signal(message: Message) -> ActionResult:
    """One signal for a durable function; accepted as soon as it is stored."""
    return _admit(message, _admit_signal, 0.0)


def _admit(message: Message, admit: Any, wait: float | None) -> ActionResult:
    host = hosting.host()
    inside = inside_transaction()
    try:
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            admitted = _once(message, admit, host)
            if admitted.wake:
                transaction.on_commit(_wake, using=DEFAULT_DB_ALIAS)
    except BaseException:
        if host is not None and message.reserved:
            host.unreserve()
        raise
    if admitted.lease is not None and host is not None:
        _load(admitted.lease, host)
        host.submit(admitted.lease, reserved=True)
    if admitted.result is not None:
        return admitted.result
    budget = 0.0 if inside else conf.inline_budget_seconds if wait is None else wait
    return await_answer(message.instance_id, admitted.number, budget, host)


def _load(lease: Lease, host: Host) -> None:
    try:
        load_histories([lease])
    except BaseException:
        host.unreserve()  # the heartbeat gives the instance back
        raise


def _wake() -> None:
    if (host := hosting.host()) is not None:
        host.woken.set()
    notifier.notify()


def _once(message: Message, admit: Any, host: Host | None) -> Admitted:
    """The same key answers with what the first use led to."""
    key = message.idempotency_key
    if key is None:
        return admit(message, locked(message.instance_id), host)  # type: ignore[no-any-return]
    asked = [message.instance_id, message.name, message.data]
    earlier = idempotency.claim(message.scope, key, asked, using=DEFAULT_DB_ALIAS)
    if earlier is not None:
        result = _told_before(earlier.answer) if earlier.answer else None
        return Admitted(number=earlier.inbox_number, result=result)
    admitted: Admitted = admit(message, locked(message.instance_id), host)
    result = admitted.result
    answer = None if result is None else {n: getattr(result, n) for n in ActionResult.__slots__}
    idempotency.remember(
        message.scope,
        key,
        instance_id=message.instance_id,
        inbox_number=admitted.number,
        answer=answer,
        using=DEFAULT_DB_ALIAS,
    )
    return admitted


def _told_before(answer: dict[str, Any]) -> ActionResult:
    """What the first use was told; of a pruned instance the inbox's own answer, moved beside the key."""
    if "inbox" not in answer:
        return ActionResult(**answer)
    if answer["inbox"] is None:
        return ActionResult("accepted", answer["state"], answer["status"], "Stored.")
    return result_of(answer["inbox"], answer["state"], answer["status"])


# -- actions ----------------------------------------------------------------------------------------------------------


def _admit_action(message: Message, row: Locked, host: Host | None) -> Admitted:
    machine = row.definition.machine
    if machine is None:
        raise ActionNotPossible(f"{row.workflow} is a durable function: it takes signals, not actions.")
    if row.finished_at is not None or row.status in ("COMPENSATING", "COMPENSATION_FAILED"):
        return _too_late(message, row, machine)
    if row.held or not _at_rest(row, machine):
        return _stand(message)  # judged, and its data looked into, when the machine waits again
    state = str(row.state)
    match judge(machine, state, message.name, message.actor, None):
        case Verdict.ACCEPT:
            return _accept(message, row, _typed(message, state, machine), host)
        case Verdict.REFUSE:
            raise refused(refusal(machine, state, message.name))
        case Verdict.EARLY:
            append(row, [received(message.name, message.data, message.actor, message.actor_id)])
            return Admitted(result=ActionResult("accepted", row.state, row.status, "Stored until its state comes."))
        case Verdict.IGNORE:
            return _ignored(message, row)


def _at_rest(row: Locked, machine: type[Machine]) -> bool:
    """It waits between two transitions: not running, not backing off, not paused, not in an incident."""
    return row.status == "ACTIVE" and row.state is not None and row.waiting_for == machine.awaited(str(row.state))


def _typed(message: Message, state: str, machine: type[Machine]) -> Transition:
    """The arrow it takes, and its data in the arrow's type; what the table refuses is not looked into."""
    transition = machine.find(state, message.name, message.actor)
    assert transition is not None
    try:
        message.data = transition.data.dump(transition.data.accept({} if message.data is None else message.data))
    except CodecError as error:
        raise InvalidInput(error.message) from error
    return transition


def _too_late(message: Message, row: Locked, machine: type[Machine]) -> Admitted:
    if message.actor == Actor.PROVIDER:
        return _ignored(message, row)
    answer = refusal(machine, "", message.name)
    raise ActionNotPossible(
        f"Action {message.name} is not possible: the instance is {row.status}.", **_data(answer, row)
    )


def _ignored(message: Message, row: Locked) -> Admitted:
    if row.held:
        return _stand(message)
    append(row, [received(message.name, message.data, message.actor, message.actor_id, ignored=True)])
    return Admitted(
        result=ActionResult("ignored", row.state, row.status, "It fits nothing here; it is kept in the history.")
    )


def _stand(message: Message) -> Admitted:
    """Somebody holds the lease, or a transition is under way: the message stands in the inbox."""
    try:
        message.data = ANYTHING.dump({} if message.data is None else message.data)
    except CodecError as error:
        raise InvalidInput(error.message) from error
    return Admitted(number=_put(message, wakes=[message.name]), wake=True)


def _accept(message: Message, row: Locked, transition: Transition, host: Host | None) -> Admitted:
    number = _put(message, wakes=[], taken=True)
    event = received(message.name, message.data, message.actor, message.actor_id, inbox=number)
    append(row, [event], row.facts(wake_at=now_for(row), waiting_for=None))
    inline = host is not None and not transition.background
    lease = _take(message, row, host) if inline and host is not None else None
    return Admitted(number=number, lease=lease, wake=lease is None)


def _take(message: Message, row: Locked, host: Host) -> Lease | None:
    message.reserved = host.reserve()
    if not message.reserved:
        return None
    lease = claims.take(row.id, host.id, using=DEFAULT_DB_ALIAS)
    if lease is None:
        message.reserved = False
        host.unreserve()
    return lease


def _put(message: Message, *, wakes: list[str] | None, taken: bool = False) -> int | None:
    put = messages.put(
        message.instance_id,
        kind=message.kind,
        name=message.name,
        payload=message.data,
        wakes=wakes,
        actor=message.actor,
        actor_id=message.actor_id,
        correlation_id=message.correlation_id,
        taken=taken,
        using=DEFAULT_DB_ALIAS,
    )
    return put[0] if put else None


# -- signals ----------------------------------------------------------------------------------------------------------


def _admit_signal(message: Message, row: Locked, host: Host | None) -> Admitted:
    if message.name in RESERVED_NAMES:
        raise InvalidInput(f"{message.name} is a name of the engine's own; give the signal another.")
    codec = row.definition.signals.get(message.name)
    if codec is not None:
        try:
            message.data = codec.dump(codec.accept(message.data))
        except CodecError as error:
            raise InvalidInput(error.message) from error
    if row.finished_at is not None:
        if message.actor != Actor.PROVIDER:
            raise AlreadyFinished(f"The instance has ended {row.status}.", status=row.status)
        return _ignored(message, row)
    accepted = ActionResult("accepted", row.state, row.status, "Stored.")
    if row.held:
        _put(message, wakes=None)
        return Admitted(result=accepted)
    awaited = row.status == "ACTIVE" and message.name in (row.waiting_for or ())
    facts = row.facts(wake_at=now_for(row), waiting_for=None) if awaited else None
    append(row, [received(message.name, message.data, message.actor, message.actor_id)], facts)
    lease = _take(message, row, host) if awaited and host is not None else None
    return Admitted(result=accepted, lease=lease, wake=awaited and lease is None)


def _data(answer: dict[str, Any], row: Locked) -> dict[str, Any]:
    return {"state": row.state, "status": row.status, "possible": answer["possible"]}
