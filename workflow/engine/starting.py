"""Starting instances: idempotency, the business key, and who drives the first turn. Read `start_requested`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import uuid_utils
from django.db import DEFAULT_DB_ALIAS, transaction

from workflow.core.definition import Definition
from workflow.core.errors import AlreadyFinished, BusinessKeyInUse, CodecError, InvalidInput, Released
from workflow.engine import hosting, idempotency
from workflow.engine.clock import clock
from workflow.engine.committer import PoisonedCheckpoint
from workflow.engine.connection import fetch
from workflow.engine.frontdoor import append, locked, received
from workflow.engine.host import Host
from workflow.engine.instances import Birth, NewInstance
from workflow.engine.journal import insert
from workflow.engine.lease import Lease, load_histories
from workflow.engine.limits import time_limit
from workflow.engine.wakeup import notifier

KEY_RACES_MAX = 5


class IfLive(StrEnum):
    RETURN = "RETURN"  # answer with the live instance of the business key
    REFUSE = "REFUSE"  # BusinessKeyInUse


class IfFinished(StrEnum):
    START = "START"  # an ended instance does not matter
    RETURN = "RETURN"  # answer with the latest ended instance of the business key
    REFUSE = "REFUSE"  # AlreadyFinished


@dataclass(frozen=True, slots=True)
class Started:
    """The instance, and whether this call (or the first one with its idempotency key) made it."""

    instance_id: str
    created: bool
    status: str
    state: str | None


@dataclass(slots=True)
class StartRequest:
    definition: Definition[Any, Any]
    raw_input: Any
    business_key: str | None
    correlation_id: str
    actor: str
    actor_id: str | None
    idempotency_key: str | None
    scope: str
    if_live: IfLive
    if_finished: IfFinished
    start_at: datetime | None
    signal: tuple[str, Any] | None
    queue: str
    priority: int
    changes: dict[str, int]
    retried_from: str | None
    reason: str | None = None  # why staff started it


def start_requested(request: StartRequest) -> Started:
    """Outside a transaction, with a free slot in this process and no key that others may hold: born in its first turn's
    checkpoint. Else one transaction on `default`, joined to the caller's."""
    host = hosting.host()
    if host is not None and _plain(request) and request.queue in host.queues and host.reserve():
        return _start_here(request, host)
    return start_in_transaction(request)


def start_in_transaction(request: StartRequest) -> Started:
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        started = _start_in_transaction(request)
        if started.created:
            transaction.on_commit(_wake, using=DEFAULT_DB_ALIAS)
    return started


def _plain(request: StartRequest) -> bool:
    return (request.idempotency_key, request.business_key, request.signal, request.start_at) == (None, None, None, None)


def _wake() -> None:
    if (host := hosting.host()) is not None:
        host.woken.set()
    notifier.notify()


def _start_here(request: StartRequest, host: Host) -> Started:
    instance = _new(request)
    instance.worker_id = host.id
    lease = _lease(instance)
    lease.birth = Birth(instance)
    birth = lease.birth
    host.submit(lease, reserved=True)
    try:
        birth.wait()
    except (Released, PoisonedCheckpoint):
        return start_in_transaction(request)
    return Started(instance.id, True, "ACTIVE", None)


def _lease(instance: NewInstance) -> Lease:
    assert instance.worker_id is not None
    lease = Lease(
        id=instance.id,
        workflow=instance.workflow,
        version=instance.version,
        changes=instance.changes,
        status="ACTIVE",
        state=None,
        business_key=instance.business_key,
        correlation_id=instance.correlation_id,
        queue=instance.queue,
        input=instance.input,
        failure=None,
        worker_id=instance.worker_id,
        token=1,
        sequence_number=1,
        inbox_number=0,
        deadline_at=None,
        resume_status=None,
        parent_id=None,
        created_at=instance.at,
    )
    load_histories([lease])
    return lease


def _start_in_transaction(request: StartRequest) -> Started:
    if request.idempotency_key is not None:
        asked = [request.definition.name, request.raw_input, request.business_key]
        earlier = idempotency.claim(request.scope, request.idempotency_key, asked, using=DEFAULT_DB_ALIAS)
        if earlier is not None:
            return Started(**earlier.answer)
    started = _insert_or_existing(request)
    if request.idempotency_key is not None:
        idempotency.remember(
            request.scope,
            request.idempotency_key,
            instance_id=started.instance_id,
            answer=asdict(started),
            using=DEFAULT_DB_ALIAS,
        )
    return started


def _insert_or_existing(request: StartRequest) -> Started:
    for _ in range(KEY_RACES_MAX):
        if request.if_finished is not IfFinished.START and (ended := _finished(request)) is not None:
            return ended
        instance = _new(request)
        try:
            made = _insert(request, instance)
        except EndedMeanwhile as meanwhile:
            return meanwhile.ended
        if made:
            if request.signal is not None:
                _append_signal(instance.id, request, *request.signal)
            return Started(instance.id, True, "ACTIVE", None)
        if (existing := _existing(request)) is not None:
            return existing
    raise BusinessKeyInUse(f"The business key {request.business_key} changed hands {KEY_RACES_MAX} times; try again.")


class EndedMeanwhile(Exception):
    """Where an ended instance matters, one ended between the look for it and the insert."""

    def __init__(self, ended: Started) -> None:
        super().__init__(ended.instance_id)
        self.ended = ended


def _insert(request: StartRequest, instance: NewInstance) -> bool:
    """False: the business key is in use. Once it stands, nobody else's can end any more: then is looked again."""
    if request.business_key is None or request.if_finished is IfFinished.START:
        return bool(insert([instance], using=DEFAULT_DB_ALIAS))
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        made = bool(insert([instance], using=DEFAULT_DB_ALIAS))
        if made and (ended := _finished(request)) is not None:
            raise EndedMeanwhile(ended)
    return made


def _append_signal(instance_id: str, request: StartRequest, name: str, data: Any) -> None:
    """The signal that comes with the start stands in the history before any other can."""
    codec = request.definition.signals.get(name)
    try:
        data = data if codec is None else codec.dump(codec.accept(data))
    except CodecError as error:
        raise InvalidInput(error.message) from error
    append(locked(instance_id), [received(name, data, request.actor, request.actor_id)])


def _new(request: StartRequest) -> NewInstance:
    now = clock.now()
    return NewInstance(
        id=str(uuid_utils.uuid7()),
        workflow=request.definition.name,
        version=request.definition.version,
        changes=request.changes,
        business_key=request.business_key,
        correlation_id=request.correlation_id,
        queue=request.queue,
        priority=request.priority,
        input=request.raw_input,
        at=now,
        wake_at=request.start_at or now,
        retried_from_id=request.retried_from,
        actor=request.actor,
        actor_id=request.actor_id,
        deadline_at=_deadline(request),
        started=_more(request),
    )


def _more(request: StartRequest) -> dict[str, Any]:
    """What else STARTED says."""
    start_at = request.start_at.isoformat() if request.start_at is not None else None
    said = {"start_at": start_at, "reason": request.reason, "retried_from": request.retried_from}
    return {name: value for name, value in said.items() if value is not None}


def _deadline(request: StartRequest) -> datetime | None:
    """Of a start in the future: its run timeout counts from then."""
    limit = time_limit(request.definition)
    return request.start_at + limit if request.start_at is not None and limit is not None else None


def _existing(request: StartRequest) -> Started | None:
    """The live instance of the business key, or the refusal."""
    rows = fetch(
        """SELECT id::text, status, state FROM workflow_instance
        WHERE workflow = %(workflow)s AND business_key = %(key)s AND finished_at IS NULL""",
        {"workflow": request.definition.name, "key": request.business_key},
        using=DEFAULT_DB_ALIAS,
    )
    if not rows:
        return None
    if request.if_live is IfLive.REFUSE:
        raise BusinessKeyInUse(
            f"{request.definition.name} is already running for {request.business_key}.", instance_id=rows[0][0]
        )
    return Started(rows[0][0], False, rows[0][1], rows[0][2])


def _finished(request: StartRequest) -> Started | None:
    rows = fetch(
        """SELECT id::text, status, state FROM workflow_instance
        WHERE workflow = %(workflow)s AND business_key = %(key)s AND finished_at IS NOT NULL
        ORDER BY id DESC LIMIT 1""",
        {"workflow": request.definition.name, "key": request.business_key},
        using=DEFAULT_DB_ALIAS,
    )
    if not rows:
        return None
    if request.if_finished is IfFinished.REFUSE:
        raise AlreadyFinished(
            f"{request.definition.name} has ended {rows[0][1]} for {request.business_key}.", instance_id=rows[0][0]
        )
    return Started(rows[0][0], False, rows[0][1], rows[0][2])


def accept_input(definition: Definition[Any, Any], value: Any) -> tuple[Any, Any]:
    """The typed input and its JSON form; InvalidInput says what does not fit."""
    try:
        typed = definition.input.accept(value)
        return typed, definition.input.dump(typed)
    except CodecError as error:
        raise InvalidInput(error.message) from error
