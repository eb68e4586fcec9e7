"""The parts of the running simulator: ledger, clock, webhooks, and the patience of calls that are held back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from simulator.ledger import Ledger
from simulator.webhooks import Deliverer

HOLD_POLL_SECONDS = 0.05
TABLES = ("call", "operation", "effect", "resource", "webhook", "fault")


class HoldInterrupted(RuntimeError):
    """The simulator ends, or was reset, while it held a call back; the call does not act."""


@dataclass
class World:
    """One for each process; passed to whatever needs it."""

    ledger: Ledger
    webhooks: Deliverer
    clock: Callable[[], float]
    webhook_delay: float
    interruption: Event = field(default_factory=Event)

    def hold(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Wait; end early when `is_over` says so."""
        interruption, until = self.interruption, self.clock() + seconds
        while (remaining := until - self.clock()) > 0 and not is_over():
            if interruption.wait(min(remaining, HOLD_POLL_SECONDS)):
                raise HoldInterrupted

    def reset(self) -> None:
        """Forget everything; calls on their way may not act any more."""
        self.ledger.write(lambda tx: [tx.execute(f"DELETE FROM {table}") for table in TABLES])  # noqa: S608
        interrupted, self.interruption = self.interruption, Event()
        interrupted.set()

    def stop(self) -> None:
        """Let go of held calls and end the threads."""
        self.interruption.set()
        self.webhooks.stop()
        self.ledger.close()
