"""A provider with a ledger: one effect per idempotency key, and a note of every effect that was asked for twice."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Ledger:
    """`do` under a key that was done answers what it answered; under one that was closed it refuses."""

    effects: dict[str, int] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def do(self, key: str, amount: int) -> int:
        self.calls.append(key)
        return self.effects.setdefault(key, amount)

    def reverse(self, key: str | None) -> None:
        """Looks for the effect before it removes it; a second time changes nothing."""
        if key in self.effects:
            self.reversed.add(key)

    @property
    def balance(self) -> int:
        return sum(amount for key, amount in self.effects.items() if key not in self.reversed)

    @property
    def keys(self) -> list[str]:
        """Under which keys something was done, in order."""
        return list(self.effects)

    def clear(self) -> None:
        self.effects.clear()
        self.reversed.clear()
        self.calls.clear()
