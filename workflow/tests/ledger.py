"""A provider with a ledger: one effect per idempotency key, however often it is asked; it misbehaves as told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workflow import Reconciliation, Refused

Script = Callable[["Ledger", str], None]


@dataclass
class Ledger:
    """`do` under a key that was done answers what it answered; under one that was closed it refuses."""

    effects: dict[str, int] = field(default_factory=dict)
    reversed: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # for the next calls: REFUSE, BEFORE or AFTER acting, OK
    blind: int = 0  # so many look-ups cannot tell

    def do(self, key: str, amount: int) -> int:
        self.calls.append(key)
        trouble = self.troubles.pop(0) if self.troubles else "OK"
        if key in self.closed or trouble == "REFUSE":
            raise Refused("The provider says no.")
        if trouble == "REFUSE_RETRYABLE":
            raise Refused("The provider says not now.", retryable=True)
        if trouble == "BEFORE":
            raise ConnectionError("broke off before acting")
        self.effects.setdefault(key, amount)
        if trouble == "AFTER":
            raise ConnectionError("broke off after acting")
        return self.effects[key]

    def look_up(self, key: str) -> Reconciliation:
        self.look_ups.append(key)
        if self.blind > 0:
            self.blind -= 1
            return Reconciliation.unknown()
        return Reconciliation.done(self.effects[key]) if key in self.effects else Reconciliation.not_done()

    def close(self, key: str) -> Reconciliation:
        """From now on nothing can happen under the key."""
        answer = self.look_up(key)
        self.closed.add(key)
        return answer

    def reverse(self, key: str | None) -> None:
        """Looks for the effect before it removes it; a second time changes nothing."""
        if key in self.effects and key not in self.reversed:
            self.reversed.append(key)

    @property
    def balance(self) -> int:
        return sum(amount for key, amount in self.effects.items() if key not in self.reversed)

    @property
    def keys(self) -> list[str]:
        """Under which keys something was done, in order; the instance's id left away."""
        return [key.split(":", 1)[1] for key in self.effects]

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]


ledger = Ledger()
"""The one of the running test: steps are declared at module level."""
