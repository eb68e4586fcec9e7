"""Screening one person: candidates from the index, each scored, the worst counts. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.models import Profile, SanctionsEntry, Verdict
from onboarding.sanctions.index import current_lists, name_index
from onboarding.sanctions.names import normalise
from onboarding.sanctions.scoring import NOBODY, Likeness, Person, likeness

SEVERITY = {Verdict.CLEAR: 0, Verdict.REVIEW: 1, Verdict.HIT: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the lists say about a person; `entry` is whom they resemble most, if anybody."""

    likeness: Likeness
    entry: SanctionsEntry | None
    lists: tuple[int, ...]


def screen(profile: Profile) -> Finding:
    """Screen the name, date of birth and nationality of a profile. Raises SanctionsListMissing."""
    lists = current_lists()
    person = Person(normalise(profile.full_name), profile.date_of_birth, profile.nationality)
    candidates = name_index(lists).candidates(person.compared_name)
    found = [
        (likeness(person, entry.compared_names, entry.birth_dates, entry.nationalities), entry)
        for entry in SanctionsEntry.objects.filter(pk__in=candidates)
    ]
    closest = max(found, key=lambda pair: (SEVERITY[pair[0].verdict], pair[0].score, pair[1].pk), default=None)
    return Finding(NOBODY, None, lists) if closest is None else Finding(closest[0], closest[1], lists)
