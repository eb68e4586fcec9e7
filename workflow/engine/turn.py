"""One turn: take the lease, replay history, drive the definition, write down why it stopped.

Read `take_turn` first. `Turn` is the live side of a Run: what history does not answer, it does and appends.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Never

from workflow.conf import conf
from workflow.core.definition import Definition
from workflow.core.errors import Fenced, Suspended
from workflow.core.events import JSON, Event, EventType, NewEvent
from workflow.core.history import History
from workflow.core.outcome import Blocked, Continued, Failed, GivenBack, Parked, Paused
from workflow.core.ports import StepCommand
from workflow.core.recorded import RecordedSignal
from workflow.engine import journal, telemetry
from workflow.engine.clock import clock
from workflow.engine.incidents import open_incident
from workflow.engine.journal import Checkpoint, InboxMark, Receipt, Settle, Written
from workflow.engine.lease import Lease, load_histories
from workflow.engine.limits import time_limit

if TYPE_CHECKING:
    from workflow.core.run import Run
    from workflow.engine.surroundings import Surroundings

MICROSECOND = timedelta(microseconds=1)


class Turn:
    """The lease, the live history and what is not written yet."""

    def __init__(self, lease: Lease, definition: Definition[Any, Any], surroundings: Surroundings) -> None:
        assert lease.history is not None
        self.lease = lease
        self.definition = definition
        self.history: History = lease.history
        self.surroundings = surroundings
        self.run: Run | None = None
        self.written = lease.sequence_number
        self.inbox_read = 0  # rows up to this number have been looked at
        self.inbox_number = lease.inbox_number
        self.state: str | None = None  # entered, not written
        self.birth = lease.birth
        self.pending: list[NewEvent] = []
        self.pending_since: float | None = time.monotonic() if lease.birth is not None else None
        self.marks: list[InboxMark] = []
        self.settle: Settle | None = None  # rides with the next checkpoint
        self.standing: list[Any] = []  # inbox rows read and not yet taken
        self.taken: set[int] = set()
        self.waiting_state: str | None = None  # where a machine waits for an action
        self.lock = threading.RLock()  # an instance's checkpoints are serial
        self.thread = threading.current_thread()  # which drives it
        self.over = False
        self.warned = False  # of a long history
        self.ended: Settle | None = None  # the terminal facts, once durable

    # -- facts ---------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Never before the last fact, so that a history's instants only rise."""
        now = clock.now()
        last = self.history.last_at
        return now if last is None or now > last else last + MICROSECOND

    @property
    def deadline(self) -> datetime | None:
        """When the run is out of time; None past the pivot, for machines, and while its clock stands still."""
        limit, history = time_limit(self.definition), self.history
        if limit is None or history.pivoted or history.started_at is None or history.standing_since is not None:
            return None
        return history.started_at + limit + history.standing

    # -- appending -----------------------------------------------------------------------------------------------------

    def record(self, event: NewEvent) -> None:
        with self.lock:
            event.created_at = event.created_at or self.now()
            number = self.history.sequence_number + 1
            self.history.apply(
                Event(number, event.type, event.payload, event.step_key, event.created_at, event.actor, event.actor_id)
            )
            self.pending.append(event)
            self.pending_since = self.pending_since or time.monotonic()
            if event.type is EventType.STATE_ENTERED:
                self.state = event.payload["state"]

    def flush(self, settle: Settle | None = None, *, compare_inbox: bool = False) -> bool:
        """Write what is pending. False: the inbox grew meanwhile and nothing was written. Fenced: stop."""
        with self.lock:
            checkpoint = self.checkpoint(self.pending, settle or self.settle, compare_inbox=compare_inbox)
            if not checkpoint.events and checkpoint.settle is None and not checkpoint.inbox and self.birth is None:
                return True
            return self.accept(checkpoint, self._write(checkpoint))

    def _write(self, checkpoint: Checkpoint) -> Receipt:
        """The first write of a new instance makes the instance as well, in the same statement where it can."""
        birth, self.birth = self.birth, None
        if birth is None:
            return self.surroundings.write(checkpoint)
        together = checkpoint.settle is None and not checkpoint.inbox and not checkpoint.projects
        try:
            receipt = self.surroundings.write(journal.birth(birth.instance, checkpoint.events if together else None))
        except BaseException as error:
            birth.resolve(error)
            raise
        birth.resolve(None if receipt.written is Written.YES else Fenced("not born"))
        if receipt.written is not Written.YES or together:
            return receipt
        return self.surroundings.write(checkpoint) if checkpoint.events or checkpoint.settle else receipt

    def ensure_born(self) -> None:
        """Before a write that cannot carry the birth."""
        with self.lock:
            if self.birth is not None:
                self._write(self.checkpoint([], None))

    def checkpoint(self, events: list[NewEvent], settle: Settle | None, *, compare_inbox: bool = False) -> Checkpoint:
        return Checkpoint(
            instance_id=self.lease.id,
            token=self.lease.token,
            sequence_number=self.written,
            worker_id=self.lease.worker_id,
            at=self.now() if not events else events[-1].created_at or self.now(),
            events=list(events),
            state=self.state,
            settle=settle,
            inbox=list(self.marks),
            inbox_number=self.inbox_read if compare_inbox else None,
        )

    def accept(self, checkpoint: Checkpoint, receipt: Receipt) -> bool:
        """Take a receipt: on YES what was pending is history."""
        self.inbox_number = max(self.inbox_number, receipt.inbox_number)
        match receipt.written:
            case Written.YES:
                self.written += len(checkpoint.events)
                answered = any(mark.answer is not None for mark in self.marks)
                self.pending, self.pending_since, self.marks = [], None, []
                self.state = self.settle = None
                if answered:
                    self.surroundings.progressed(self)
                return True
            case Written.INBOX_GREW:
                return False
            case _:
                telemetry.write_fenced()
                raise Fenced

    def committed(self, checkpoint: Checkpoint, receipt: Receipt, events: list[NewEvent]) -> None:
        """An atomic step's events (the last of the checkpoint) are durable with its rows: history here as well."""
        with self.lock:
            before = checkpoint.sequence_number + len(checkpoint.events) - len(events)
            for number, event in enumerate(events, start=before + 1):
                assert event.created_at is not None
                self.history.apply(Event(number, event.type, event.payload, event.step_key, event.created_at))
            self.accept(checkpoint, receipt)

    # -- the Run's live side -------------------------------------------------------------------------------------------

    def before_command(self) -> None:
        """Between commands a turn honours controls, the run deadline, a drain, and a grown inbox."""
        from workflow.engine import inbox

        if self.inbox_number > self.inbox_read:
            inbox.admit(self)
        history = self.history
        if history.pause is not None:
            raise Suspended(Paused(history.pause.get("actor_id"), history.pause.get("reason")))
        if history.status == "ACTIVE":
            self._honour_limits()
        if self.surroundings.stopping:
            raise Suspended(GivenBack("the worker drains"))
        if history.status == "ACTIVE" and history.length >= conf.history_maximum_events:
            raise Suspended(Blocked(_too_long(history)))
        if history.length >= conf.history_warning_events and not self.warned:
            self._warn()

    def _warn(self) -> None:
        """A long history is told of once, by an incident that blocks nothing."""
        self.warned = True
        open_incident(
            kind="HISTORY_TOO_LONG",
            message=f"A turn reads {self.history.length} events; let the function continue_as a new history.",
            subject="history-length",
            severity="WARNING",
            details={},
            instance_id=self.lease.id,
        )

    def _honour_limits(self) -> None:
        """A rollback is shielded from both: it finishes."""
        if (cancelled := self.cancelled()) is not None:
            raise Suspended(cancelled)
        if (deadline := self.deadline) is not None and self.now() >= deadline:
            raise Suspended(Failed(_out_of_time(), status="TIMED_OUT"))

    def cancelled(self) -> Failed | None:
        """What a cancel makes of this run, if there is one; past the pivot it came too late."""
        cancel = self.history.cancel
        return None if cancel is None or self.history.pivoted else Failed(_cancelled(cancel), status="CANCELLED")

    def forget_unwritten(self) -> None:
        """Go back to what is durable: read the history and the inbox again."""
        from workflow.engine import inbox

        with self.lock:
            self.pending, self.pending_since, self.marks, self.settle, self.state = [], None, [], None, None
            self.standing, self.taken, self.inbox_read = [], set(), 0
            self.lease.sequence_number = self.written
            load_histories([self.lease])
            assert self.lease.history is not None
            self.history = self.lease.history
        inbox.admit(self)  # what stands there is fact, and whoever blocks the instance now has seen it

    def perform(self, command: StepCommand) -> None:
        from workflow.engine.steps import StepRunner

        StepRunner(self, command).perform()

    def perform_all(self, commands: list[StepCommand]) -> None:
        """A thread each, their checkpoints serial; one that must wait lets the others end first."""
        from workflow.engine.steps import StepRunner

        known = self.history.commands
        still_open = [c for c in commands if c.position not in known or not known[c.position].concluded]
        self.surroundings.side_by_side([StepRunner(self, command).perform for command in still_open])

    def wait(self, position: int, names: tuple[str, ...], until: datetime | None) -> None:
        from workflow.engine import inbox

        self.waiting_state = self.run.state if self.run is not None and self.run.at_rest else None
        try:
            if inbox.admit(self):
                return
            self.before_command()
        finally:
            self.waiting_state = None
        if until is not None and self.now() >= until:
            self._fire(position)
            return
        raise Suspended(Parked(names, until, standing=bool(names)))

    def _fire(self, position: int) -> None:
        """TIMER_FIRED compares the inbox number: a message that came first is read first, and beats the timer."""
        from workflow.engine import inbox

        with self.lock:
            event = NewEvent(EventType.TIMER_FIRED, {"position": position}, created_at=self.now())
            checkpoint = self.checkpoint([*self.pending, event], self.settle, compare_inbox=True)
            if self.accept(checkpoint, self._write(checkpoint)):
                assert event.created_at is not None
                self.history.apply(Event(self.written, event.type, event.payload, "", event.created_at))
                return
        inbox.admit(self)

    def start_child(
        self, event: NewEvent, child: Definition[Any, Any], raw_input: Any, business_key: str | None
    ) -> None:
        from workflow.engine import children

        children.start(self, event, child, raw_input, business_key)

    def answer(self, signal: RecordedSignal, answer: JSON) -> None:
        if signal.inbox_number is not None:
            with self.lock:
                self.marks.append(InboxMark(signal.inbox_number, answer))

    def continue_as(self, event: NewEvent) -> Never:
        raise Suspended(Continued(event))


def _cancelled(cancel: JSON) -> JSON:
    return {"type": "CANCELLED", "message": cancel.get("reason") or "Cancelled.", "actor_id": cancel.get("actor_id")}


def _out_of_time() -> JSON:
    return {"type": "TIMED_OUT", "message": "The run timeout passed."}


def _too_long(history: History) -> JSON:
    return {
        "kind": "HISTORY_TOO_LONG",
        "message": f"A turn reads {history.length} events; let the function continue_as a new history.",
    }
