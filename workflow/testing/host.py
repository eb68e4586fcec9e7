"""A host without threads: turns, checkpoints, backoffs and parallel steps happen in the calling thread, on `default`.

It stands where `engine.host.Host` stands in production. Its writes are announced (`reach`), so that a campaign can
crash the process before or after any of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING

import uuid_utils
from django.db import transaction

from workflow.core.errors import Fenced, Released
from workflow.core.events import NewEvent
from workflow.engine import claims, committer, journal, recovery, workers
from workflow.engine.connection import fetch
from workflow.engine.drive import take_turn
from workflow.engine.host import Waiter
from workflow.engine.journal import Checkpoint, Receipt, Settle, Written
from workflow.engine.lease import Lease
from workflow.engine.side_by_side import gravest
from workflow.testing.clock import current

if TYPE_CHECKING:
    from workflow.engine.turn import Turn


class DirectHost:
    """Surroundings of a turn, and the process's host, for ordinary tests."""

    def __init__(self) -> None:
        self.id = str(uuid_utils.uuid7())
        self.queues = ["default"]
        self.stopping = False
        self.idle = False  # the next starts and messages are not driven at once
        self.backwards = False  # parallel steps run last one first
        self.jitter = 0.0
        self.woken = threading.Event()
        self.reach: Callable[[str], None] = lambda _: None
        self._turns: list[Turn] = []
        self._watches: list[DirectWatch] = []
        self._registered = False

    # -- one loop, step by step ----------------------------------------------------------------------------------------

    def take_one(self) -> bool:
        """Claim one instance that is due, as a worker would, and drive it. False: nothing is due."""
        self._register()
        self._catch_up()
        suspicious = recovery.suspicious_due(self.queues)
        leases = claims.claim(worker_id=self.id, slots=1, queues=self.queues, alone=suspicious)
        for lease in leases:
            self.reach("after a claim")
            take_turn(lease, self)
        return bool(leases)

    def die(self) -> None:
        """The process is gone: another one begins, and recovers what this one held."""
        if self._registered:
            workers.stop(self.id)
        self.id, self._registered = str(uuid_utils.uuid7()), False
        self._turns, self._watches = [], []
        current().synchronise()
        self._register()
        recovery.run_once()

    def _catch_up(self) -> None:
        """The clock is never behind the facts, whose instants rise by microseconds while it stands still."""
        latest = fetch("SELECT max(updated_at) FROM workflow_instance", using="default")[0][0]
        current().skip_to(latest or current().now())

    def _register(self) -> None:
        if not self._registered:
            workers.register(self.id, kind="test", queues=self.queues, slots=1)
            self._registered = True

    # -- the process's host --------------------------------------------------------------------------------------------

    def reserve(self) -> bool:
        """A turn that is under way, or `undriven()`, leaves new work to `take_one`."""
        return not self.idle and not self._turns

    def unreserve(self) -> None:
        """There is one thread only, and it is the caller's."""

    def submit(self, lease: Lease, *, reserved: bool = False) -> None:
        """Driven before the call returns."""
        del reserved
        self._register()
        self.reach("after the front door's commit")
        take_turn(lease, self)

    def waiter(self, instance_id: str) -> Waiter:
        return Waiter(instance_id)

    def forget(self, waiter: Waiter) -> None:
        """Nobody else could tell it anything."""

    def drives(self, instance_id: str) -> bool:
        return any(turn.lease.id == instance_id for turn in self._turns)

    # -- surroundings of a turn ----------------------------------------------------------------------------------------

    def write(self, checkpoint: Checkpoint) -> Receipt:
        kinds = ", ".join(event.type for event in checkpoint.events) or "no event"
        self.reach(f"before the write of {kinds}")
        with transaction.atomic():
            receipt = committer.write_alone(checkpoint)
        self.reach(f"after the write of {kinds}")
        return receipt

    def write_here(self, checkpoint: Checkpoint) -> Receipt:
        """The last statement of an atomic step. One past its deadline comes too late: the watchdog was faster."""
        if any(watch.overdue for watch in self._watches):
            return Receipt(Written.FENCED)
        self.reach("before the commit of an atomic step")
        return journal.write([checkpoint], skip_locked=False, using="default")[0]

    def watch(self, turn: Turn, late: Callable[[], NewEvent], seconds: float) -> AbstractContextManager[None]:
        return DirectWatch(self, turn, late, timedelta(seconds=seconds))

    def may_call_outside(self) -> bool:
        return True

    def pause(self, seconds: float) -> None:
        current().skip(timedelta(seconds=max(seconds, 0.0)))

    def chance(self) -> float:
        return self.jitter

    def side_by_side(self, jobs: list[Callable[[], None]]) -> None:
        """One after the other; each ends before the gravest error is raised. A crash ends them all."""
        errors: list[BaseException] = []
        for job in reversed(jobs) if self.backwards else jobs:
            self.reach("before a parallel step")
            try:
                job()
            except Crash:
                raise
            except BaseException as error:  # noqa: BLE001  raised below, as the threaded host does
                errors.append(error)
        if errors:
            raise gravest(errors)

    def progressed(self, turn: Turn) -> None:
        """Nobody waits in another thread."""

    def wake(self) -> None:
        """Called after the commits that concern a family."""
        self.reach("after a commit with a parent or a child")

    def begin(self, turn: Turn) -> None:
        self._turns.append(turn)

    def end(self, turn: Turn) -> None:
        if turn in self._turns:
            self._turns.remove(turn)

    def enter(self, watch: DirectWatch) -> None:
        self._watches.append(watch)

    def leave(self, watch: DirectWatch) -> None:
        if watch in self._watches:
            self._watches.remove(watch)


class Crash(BaseException):
    """The simulated death of the process: nothing after it happens, nothing before it is taken back."""


class DirectWatch:
    """Around an author's code. A step that lets its deadline pass (by `clock.skip`) loses its lease."""

    def __init__(self, host: DirectHost, turn: Turn, late: Callable[[], NewEvent], limit: timedelta) -> None:
        self._host, self._turn, self._late = host, turn, late
        self._due = current().now() + limit

    @property
    def overdue(self) -> bool:
        return current().now() >= self._due

    def __enter__(self) -> None:
        self._host.enter(self)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._host.leave(self)
        if kind is not None and issubclass(kind, Crash):
            return
        if self.overdue:
            self._take_over()
            raise Fenced("the deadline passed")
        self._host.reach("after an author's code returned")

    def _take_over(self) -> None:
        """What the watchdog does from its own thread."""
        turn = self._turn
        if turn.over:
            return
        turn.record(self._late())
        turn.over = True
        try:
            turn.flush(Settle(turn.history.status, wake_at=turn.now(), failure=turn.history.failure))
        except Released as error:
            raise Fenced("the time-out could not be written") from error
