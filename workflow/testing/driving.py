"""Driving an instance to its end, or to where it waits, in the calling thread. Read `drive` first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from workflow import client
from workflow.client import ActionResult, Actor, Startable
from workflow.core.events import Event
from workflow.core.registry import registry
from workflow.engine import hosting
from workflow.engine.connection import Mode, fetch
from workflow.engine.lease import read_events
from workflow.models import Instance
from workflow.testing.clock import current
from workflow.testing.host import DirectHost

TURNS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Send:
    """A message that is sent once the instance waits for it: an action to a machine, a signal to a function."""

    name: str
    data: Any = None
    actor: Actor = Actor.USER
    actor_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Driven:
    """Where an instance stands after it was driven, and its whole history."""

    instance_id: str
    status: str
    state: str | None
    result: Any
    failure: dict[str, Any] | None
    waiting_for: list[str] | None
    wake_at: datetime | None
    events: list[Event] = field(repr=False)
    answers: list[ActionResult] = field(default_factory=list, repr=False)

    @property
    def event_types(self) -> list[str]:
        return [str(event.type) for event in self.events]

    def of(self, event_type: str) -> list[Event]:
        """The events of one type, in order."""
        return [event for event in self.events if event.type == event_type]


def drive(
    definition: Startable,
    input: Any,  # noqa: A002
    *messages: Send,
    skip_limits: bool = False,
    **start: Any,
) -> Driven:
    """Start an instance and take it as far as it goes: to its end, or to a wait that `messages` do not answer.

    Sleeps, backoffs and look-ups are due at once: the clock skips to them. Limits of named waits are skipped to only
    with `skip_limits`, once no message is left. `start` is passed to `client.start`.
    """
    with undriven():
        started = client.start(definition, input, **start)
    return go_on(started.instance_id, *messages, skip_limits=skip_limits)


def go_on(instance_id: str, *messages: Send, skip_limits: bool = False) -> Driven:
    """Take an existing instance as far as it goes; whatever else is due (children, say) is driven as well.

    AssertionError: a message was never waited for, or the instance was still busy after 10,000 turns.
    """
    return advance(instance_id, Queue(list(messages)), skip_limits=skip_limits)


@dataclass(slots=True)
class Queue:
    """Messages that are still to be sent, the one being sent first, and what the sent ones were answered."""

    left: list[Send]
    sending: Send | None = None
    answers: list[ActionResult] = field(default_factory=list)

    def send(self, instance_id: str) -> None:
        """The message being sent stays noted when the process dies in the call."""
        self.sending = self.sending or self.left[0]
        self.answers.append(send(instance_id, self.sending))
        self.left.remove(self.sending)
        self.sending = None


def advance(instance_id: str, queue: Queue, *, skip_limits: bool) -> Driven:
    """`go_on` with a queue that outlives a crash."""
    for _ in range(TURNS_MAX):
        if direct_host().take_one():
            continue
        row = Instance.objects.get(pk=instance_id)
        if row.finished_at is not None:
            break
        if queue.left and queue.left[0].name in (row.waiting_for or ()):
            queue.send(instance_id)
        elif not _skip(skip_limits=skip_limits and not queue.left):
            break
    else:
        raise AssertionError(f"Instance {instance_id} was still busy after {TURNS_MAX} turns.")
    if queue.left:
        raise AssertionError(f"Instance {instance_id} never waited for {queue.left[0].name}: {standing(instance_id)}")
    return standing(instance_id, queue.answers)


def send(instance_id: str, message: Send) -> ActionResult:
    """Through the front door, as the message says."""
    row = Instance.objects.get(pk=instance_id)
    if registry.get(row.workflow, row.version).machine is None:
        return client.signal(
            instance_id=instance_id,
            name=message.name,
            data=message.data,
            actor=message.actor,
            actor_id=message.actor_id,
            idempotency_key=message.idempotency_key,
        )
    return client.act(
        instance_id=instance_id,
        action=message.name,
        data=message.data,
        actor=message.actor,
        actor_id=message.actor_id,
        idempotency_key=message.idempotency_key,
    )


def standing(instance_id: str, answers: Sequence[ActionResult] = ()) -> Driven:
    """Where the instance stands now."""
    row = Instance.objects.get(pk=instance_id)
    return Driven(
        instance_id=str(row.id),
        status=str(row.status),
        state=row.state,
        result=row.result,
        failure=row.failure,
        waiting_for=row.waiting_for,
        wake_at=row.wake_at,
        events=read_events(instance_id),
        answers=list(answers),
    )


def _skip(*, skip_limits: bool) -> bool:
    """Skip to the earliest wake-up; False: nothing has one."""
    rows = fetch(
        """SELECT min(wake_at) FROM workflow_instance WHERE worker_id IS NULL AND wake_at IS NOT NULL
        AND status IN ('ACTIVE', 'COMPENSATING')
        AND (waiting_for IS NULL OR %(limits)s::boolean OR wake_at <= workflow_now())""",
        {"limits": skip_limits},
        using=DEFAULT_DB_ALIAS,
    )
    if rows[0][0] is None:
        return False
    current().skip_to(rows[0][0])
    return True


@contextmanager
def undriven() -> Iterator[None]:
    """Inside, starts and messages are written but not driven at once; `go_on` drives them."""
    host = direct_host()
    before, host.idle = host.idle, True
    try:
        yield
    finally:
        host.idle = before


def direct_host() -> DirectHost:
    """The host of this test. LookupError outside an ordinary `django_db` test with the plugin."""
    host: object = hosting.registered()
    if Mode.inline and isinstance(host, DirectHost):
        return host
    raise LookupError("No direct host: use an ordinary django_db test with -p workflow.testing.plugin.")
