"""The host: one process's turn threads, committer, watchdog and heartbeat. Every queue adapter runs this one loop.

A web process has a host that only drives what its own calls hold; a worker's `run` also claims.
"""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import psycopg
import structlog
import uuid_utils

from workflow.conf import conf
from workflow.core.events import NewEvent
from workflow.engine import claims, journal, workers
from workflow.engine.clock import clock
from workflow.engine.committer import Committer
from workflow.engine.connection import drop_dead_connections
from workflow.engine.drive import take_turn
from workflow.engine.heart import Heart
from workflow.engine.journal import Checkpoint, Receipt, Settle
from workflow.engine.lease import Lease
from workflow.engine.processor import pin_to_one_processor, spare_the_collector
from workflow.engine.side_by_side import run_all
from workflow.engine.threads import TurnThreads
from workflow.engine.turn import Turn
from workflow.engine.wakeup import Listener, notifier
from workflow.engine.watchdog import Watchdog

ENDS_REMEMBERED_MAX = 1_000
PINNED_KINDS = ("worker", "django-q2", "bench")
log = structlog.get_logger(__name__)


class Host:
    """Surroundings of every turn in this process (see `engine.surroundings`)."""

    def __init__(self, *, kind: str, slots: int | None = None, queues: list[str] | None = None) -> None:
        self.id = str(uuid_utils.uuid7())
        self.kind = kind
        self.slots = slots or conf.turn_threads
        self.queues = queues or ["default"]
        self.turns: dict[int, Turn] = {}
        self.stopping = False
        self.failed = False
        self.woken = threading.Event()
        self._committer = Committer(lambda: len(self.turns))
        self._threads = TurnThreads(self.slots, self._drive, self._done)
        self._watchdog = Watchdog(self.turns, self._lose, self._committer.write_if_free)
        self._heart = Heart(self)
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)
        self._submitted: set[str] = set()
        self._waiters_lock = threading.Lock()
        self._claiming = threading.Lock()
        self._ended: dict[str, Settle] = {}  # the latest ends, so that who asks here need not read them back
        self._listener: Listener | None = None

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> Host:
        """Register as a worker; from now on this process may hold leases."""
        if self.kind in PINNED_KINDS:
            pin_to_one_processor()
            spare_the_collector()
        clock.current.synchronise()
        workers.register(self.id, kind=self.kind, queues=self.queues, slots=self.slots)
        self._committer.begin()
        self._watchdog.start()
        self._heart.start()
        return self

    def begin_anew(self) -> None:
        """Others took this process for dead: what it held is fenced; under a new id it may hold leases again."""
        self.id = str(uuid_utils.uuid7())
        workers.register(self.id, kind=self.kind, queues=self.queues, slots=self.slots)

    def drain(self) -> None:
        """Take nothing new; turns under way stop between commands and are given back."""
        self.stopping = True
        self.woken.set()

    def stop(self, timeout: float = 30.0) -> bool:
        """Drain, wait, and leave nothing held. False when threads were still stuck at the end."""
        self.drain()
        with self._claiming:  # a claim that is under way ends first
            pass
        idle = self._threads.stop(timeout)
        if self._listener is not None:
            self._listener.stop()
        self._heart.stop()
        self._watchdog.stop()
        self._watchdog.join()
        self._committer.stop()
        for instance_id, token in claims.held_by(self.id):
            claims.give_back(self.id, instance_id, token)
        workers.stop(self.id)
        return idle

    # -- the worker's loop ---------------------------------------------------------------------------------------------

    def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Claim and drive until told to drain (or `until` says so); a lost database is waited out."""
        if self._listener is None or not self._listener.is_alive():
            self._listener = Listener(self.woken.set)
            self._listener.start()
        while not self.stopping and not until():
            try:
                self.woken.clear()
                if not self.claim_once():
                    self._idle()
            except psycopg.OperationalError as error:
                log.warning("the database is away", error=str(error).strip())
                self.woken.wait(conf.poll_seconds)

    def claim_once(self) -> int:
        """One claim bounded by the free slots; the number of turns taken. An instance that kills workers runs alone."""
        free = self._threads.wait_for_slot(conf.poll_seconds)
        if free == 0 or self.stopping:
            return 0
        suspicious = self._heart.suspicious
        if suspicious and self.busy:
            self.woken.wait(0.05)
            return 1
        leases = self._claim(free, alone=suspicious)
        while suspicious and leases and self.busy and not self.stopping:
            self._threads.idle.wait(0.1)
        return len(leases)

    def _claim(self, free: int, *, alone: bool) -> list[Lease]:
        """Nothing is claimed once `stop` has begun to wait: what came later would outlive the committer."""
        with self._claiming:
            if self.stopping:
                return []
            leases = claims.claim(worker_id=self.id, slots=free, queues=self.queues, alone=alone)
            self._heart.suspicious = False
            for lease in leases:
                self.submit(lease)
            return leases

    def _idle(self) -> None:
        """Until something is due here, somebody wakes us, or the poll interval passed."""
        if self.woken.is_set():
            return
        due_in = claims.next_due_seconds(self.queues)
        pause = conf.poll_seconds if due_in is None else min(max(due_in, 0.01), conf.poll_seconds)
        self.woken.wait(pause)

    # -- turns ---------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> int:
        return self._threads.busy

    @property
    def lost_threads(self) -> int:
        return self._threads.lost

    def reserve(self) -> bool:
        """A slot for an instance that this process will hold from the start; `submit` or `unreserve` follows."""
        return not self.stopping and self._threads.reserve()

    def unreserve(self) -> None:
        self._threads.unreserve()

    def submit(self, lease: Lease, *, reserved: bool = False) -> None:
        if not reserved:
            self._threads.reserve(always=True)
        self._submitted.add(lease.id)
        self._threads.submit(lease)

    def _drive(self, lease: Lease) -> None:
        take_turn(lease, self)

    def _done(self, lease: Lease) -> None:
        self._committer.pass_on()
        self._submitted.discard(lease.id)
        self._tell(lease.id, self._ended.get(lease.id))

    def _lose(self, turn: Turn) -> None:
        """Its thread is stuck in an author's code (or waits for a sibling that is): it is driven here no longer."""
        self._threads.replace(turn.thread)
        self._submitted.discard(turn.lease.id)
        self.turns.pop(id(turn), None)

    # -- surroundings --------------------------------------------------------------------------------------------------

    def write(self, checkpoint: Checkpoint) -> Receipt:
        return self._committer.write(checkpoint)

    def write_here(self, checkpoint: Checkpoint) -> Receipt:
        return journal.write([checkpoint], skip_locked=False, using="default")[0]

    def watch(self, turn: Turn, late: Callable[[], NewEvent], seconds: float) -> AbstractContextManager[None]:
        self._committer.pass_on()
        drop_dead_connections()
        return self._watchdog.watch(turn, late, seconds)

    def may_call_outside(self) -> bool:
        return self._heart.age_seconds() < conf.start_calls_within_seconds

    def pause(self, seconds: float) -> None:
        give_up_at = time.monotonic() + max(seconds, 0.0)
        while not self.stopping and (left := give_up_at - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def chance(self) -> float:
        return random.random()  # noqa: S311  jitter, not a secret

    def side_by_side(self, jobs: list[Callable[[], None]]) -> None:
        run_all(jobs)

    def wake(self) -> None:
        self.woken.set()
        notifier.notify()

    def begin(self, turn: Turn) -> None:
        self.turns[id(turn)] = turn

    def end(self, turn: Turn) -> None:
        self.turns.pop(id(turn), None)
        if turn.ended is not None:
            self._ended[turn.lease.id] = turn.ended
            while len(self._ended) > ENDS_REMEMBERED_MAX:
                self._ended.pop(next(iter(self._ended)), None)

    def progressed(self, turn: Turn) -> None:
        self._tell(turn.lease.id, None)

    # -- who waits in this process -------------------------------------------------------------------------------------

    def waiter(self, instance_id: str) -> Waiter:
        waiter = Waiter(instance_id)
        with self._waiters_lock:
            self._waiters[instance_id].append(waiter)
        waiter.ended = self._ended.get(instance_id)
        return waiter

    def drives(self, instance_id: str) -> bool:
        """Whether a turn of this instance is under way (or queued) in this process."""
        return instance_id in self._submitted

    def forget(self, waiter: Waiter) -> None:
        with self._waiters_lock:
            waiting = self._waiters.get(waiter.instance_id, [])
            if waiter in waiting:
                waiting.remove(waiter)
            if not waiting:
                self._waiters.pop(waiter.instance_id, None)

    def _tell(self, instance_id: str, ended: Settle | None) -> None:
        if instance_id not in self._waiters:
            return
        with self._waiters_lock:
            for waiter in self._waiters.get(instance_id, ()):
                waiter.tell(ended)


class Waiter:
    """Somebody in this process who wants to know when an instance's turn answered or ended."""

    __slots__ = ("_lock", "ended", "instance_id")

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self.ended: Settle | None = None
        self._lock = threading.Lock()
        self._lock.acquire()

    def tell(self, ended: Settle | None) -> None:
        self.ended = ended or self.ended
        with suppress(RuntimeError):  # told before, and not yet waited for
            self._lock.release()

    def wait(self, seconds: float) -> None:
        """Until told, or the time is over."""
        self._lock.acquire(timeout=max(seconds, 0.0))
