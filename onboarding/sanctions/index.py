"""Who on the lists comes into question: every listed name in memory, compared at once, until a list is loaded anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Max
from rapidfuzz import fuzz, process

from onboarding.errors import SanctionsListMissing
from onboarding.models import SanctionsEntry, SanctionsList
from onboarding.sanctions.scoring import NAME_SCORE_MIN, PART_WORDS_MIN

CANDIDATES_MAX = 200
"""So many of the most alike are scored; a name that more than that resemble this closely is a review in any case."""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All compared names, the entry of each, and where each word stands."""

    names: list[str] = field(default_factory=list)
    entry_ids: list[int] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, entry_id: int, names: list[str]) -> None:
        for name in names:
            for word in set(name.split()):
                self.places[word].append(len(self.names))
            self.names.append(name)
            self.entry_ids.append(entry_id)

    def candidates(self, compared_name: str) -> set[int]:
        """The entries with a name that is alike enough, or that is part of this one, or that this one is part of."""
        alike = process.extract(
            compared_name,
            self.names,
            scorer=fuzz.ratio,
            processor=None,
            score_cutoff=NAME_SCORE_MIN,
            limit=CANDIDATES_MAX,
        )
        return {self.entry_ids[place] for place in (*(index for _, _, index in alike), *self._parts(compared_name))}

    def _parts(self, compared_name: str) -> list[int]:
        words = set(compared_name.split())
        shared = Counter(place for word in words for place in self.places.get(word, ()))
        return [
            place
            for place, count in shared.items()
            if count >= PART_WORDS_MIN and count in (len(words), len(set(self.names[place].split())))
        ]


def current_lists() -> tuple[int, ...]:
    """The latest load of each source. Raises SanctionsListMissing if there is none."""
    latest = SanctionsList.objects.order_by("source").values("source").annotate(latest=Max("id"))
    lists = tuple(row["latest"] for row in latest)
    if not lists:
        raise SanctionsListMissing("No sanctions list is loaded; run `manage.py load_sanctions FILE`.")
    return lists


@lru_cache(maxsize=1)
def name_index(lists: tuple[int, ...]) -> NameIndex:
    """The index of these loads; another load has another number, so an old index is never asked."""
    index = NameIndex()
    entries = SanctionsEntry.objects.filter(list_id__in=lists).values_list("id", "compared_names")
    for entry_id, compared_names in entries.iterator(chunk_size=5000):
        index.add(entry_id, compared_names)
    return index
