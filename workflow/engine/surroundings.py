"""What a turn needs of its process. The host implements it with threads; the test kit in the calling thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from workflow.engine.journal import Checkpoint, Receipt

if TYPE_CHECKING:
    from workflow.core.events import NewEvent
    from workflow.engine.turn import Turn


class Surroundings(Protocol):
    @property
    def stopping(self) -> bool:
        """The process drains: turns are given back between commands."""

    def write(self, checkpoint: Checkpoint) -> Receipt:
        """Make a checkpoint durable, grouped with others where there are others."""

    def write_here(self, checkpoint: Checkpoint) -> Receipt:
        """Make it the last statement of the calling thread's own transaction (atomic steps)."""

    def watch(self, turn: Turn, late: Callable[[], NewEvent], seconds: float) -> AbstractContextManager[None]:
        """When the code inside runs longer than that, what `late` makes is recorded and the lease given back."""

    def may_call_outside(self) -> bool:
        """Whether the last good heartbeat is fresh enough to start an external call."""

    def pause(self, seconds: float) -> None:
        """Wait in the thread; ends early when the process drains."""

    def chance(self) -> float:
        """A random number in 0..1, for jitter."""

    def side_by_side(self, jobs: list[Callable[[], None]]) -> None:
        """Run the jobs of a parallel command; returns when all have ended, then raises the gravest error."""

    def progressed(self, turn: Turn) -> None:
        """A checkpoint of this turn is durable: wake who waits for an answer."""

    def wake(self) -> None:
        """Something became due: tell this process's loop, and the others (losing it costs latency only)."""

    def begin(self, turn: Turn) -> None:
        """A turn is under way in this process."""

    def end(self, turn: Turn) -> None:
        """It is over; what it held is given back or lost."""
