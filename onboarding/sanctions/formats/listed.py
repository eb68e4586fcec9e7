"""What every format yields, and what it could not make out on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from onboarding.sanctions.names import normalise


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person as a list names them."""

    source_id: str
    name: str
    aliases: tuple[str, ...] = ()
    birth_dates: tuple[str, ...] = ()  # 1962, 1962-07 or 1962-07-12
    nationalities: tuple[str, ...] = ()
    program: str = ""

    @property
    def compared_names(self) -> list[str]:
        """Name and aliases, normalised, each once; those that leave no word are left out."""
        return list(dict.fromkeys(filter(None, map(normalise, (self.name, *self.aliases)))))


@dataclass(slots=True)
class Remainder:
    """What a load left out, counted: entries that are no persons, dates and countries that nobody understood."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        self.counts[what] += 1
