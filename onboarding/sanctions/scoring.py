"""What a likeness is worth. Pure: two persons in, a score and a verdict out.

The score starts from the likeness of the names, 0 to 100 (`name_likeness`), and birth date and nationality move it:

    birth date    AGREES +5    NEAR 0    UNKNOWN 0    DIFFERS -25
    nationality   AGREES +2    UNKNOWN 0              DIFFERS  -7

    HIT      score >= 95 and the birth date AGREES: a name alone rejects nobody
    REVIEW   score >= 82: staff decides
    CLEAR    everything below

So a perfect namesake with another birth date is clear (75), one whose birth date is not listed is reviewed (100 or 93),
a misspelt name (88) with the same birth date and nationality is a hit, with the same birth date alone a review (93).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rapidfuzz import fuzz

from onboarding.models.screening import Verdict

HIT_SCORE_MIN = 95.0
REVIEW_SCORE_MIN = 82.0
NAME_SCORE_MIN = 75.0
"""Names less alike than this reach no threshold whatever else agrees: 75 + 5 + 2 is a review, just."""

PART_OF_NAME_SCORE = 94.0
PART_WORDS_MIN = 2
"""A name whose words, two at least, all stand in the other, longer one: `Viktor Drakmoor`, `Viktor Ansgar Drakmoor`."""

NEAR_YEARS = 1
ISO_YEAR_LENGTH, ISO_MONTH_LENGTH = 4, 7


class Agreement(StrEnum):
    AGREES = "AGREES"  # the same, as far as both are known
    NEAR = "NEAR"  # a year apart, one part off, or day and month exchanged: a slip rather than somebody else
    UNKNOWN = "UNKNOWN"  # not listed
    DIFFERS = "DIFFERS"  # somebody else, by this


BIRTH_DATE_POINTS = {Agreement.AGREES: 5.0, Agreement.NEAR: 0.0, Agreement.UNKNOWN: 0.0, Agreement.DIFFERS: -25.0}
NATIONALITY_POINTS = {Agreement.AGREES: 2.0, Agreement.UNKNOWN: 0.0, Agreement.DIFFERS: -7.0}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is screened."""

    compared_name: str  # normalised
    date_of_birth: date
    nationality: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much somebody is like a listed person."""

    name_score: float
    birth_date: Agreement
    nationality: Agreement

    @property
    def score(self) -> float:
        return self.name_score + BIRTH_DATE_POINTS[self.birth_date] + NATIONALITY_POINTS[self.nationality]

    @property
    def verdict(self) -> Verdict:
        if self.score >= HIT_SCORE_MIN and self.birth_date is Agreement.AGREES:
            return Verdict.HIT
        return Verdict.REVIEW if self.score >= REVIEW_SCORE_MIN else Verdict.CLEAR


NOBODY = Likeness(0.0, Agreement.UNKNOWN, Agreement.UNKNOWN)


def likeness(person: Person, names: Iterable[str], birth_dates: list[str], nationalities: list[str]) -> Likeness:
    """Compare with a listed person; of several names the most alike counts."""
    return Likeness(
        name_score=max((name_likeness(person.compared_name, name) for name in names), default=0.0),
        birth_date=birth_date_agreement(person.date_of_birth, birth_dates),
        nationality=nationality_agreement(person.nationality, nationalities),
    )


def name_likeness(one: str, other: str) -> float:
    """0 to 100 for two normalised names: their letters in order of words, or one as a part of the other."""
    return max(fuzz.ratio(one, other), PART_OF_NAME_SCORE if is_part(one, other) else 0.0)


def is_part(one: str, other: str) -> bool:
    """Whether the shorter name has at least two words and all of them stand in the longer."""
    shorter, longer = sorted((set(one.split()), set(other.split())), key=len)
    return len(shorter) >= PART_WORDS_MIN and shorter <= longer


def birth_date_agreement(born_on: date, listed: list[str]) -> Agreement:
    """Compare with listed dates, each a year, a month or a day in ISO form; the best of them counts."""
    found = {_one_birth_date(born_on, entry) for entry in listed} or {Agreement.UNKNOWN}
    return next(agreement for agreement in Agreement if agreement in found)


def _one_birth_date(born_on: date, listed: str) -> Agreement:
    if born_on.isoformat().startswith(listed):
        return Agreement.AGREES
    year = int(listed[:ISO_YEAR_LENGTH])
    if listed == f"{born_on.year:04d}-{born_on.day:02d}-{born_on.month:02d}":
        return Agreement.NEAR
    is_near = (
        abs(born_on.year - year) <= NEAR_YEARS if len(listed) == ISO_YEAR_LENGTH else _is_one_part_off(born_on, listed)
    )
    return Agreement.NEAR if is_near else Agreement.DIFFERS


def _is_one_part_off(born_on: date, listed: str) -> bool:
    """All parts but one are the same, and a year that is off is off by one."""
    ours, theirs = born_on.isoformat().split("-"), listed.split("-")
    wrong = [(mine, other) for mine, other in zip(ours, theirs, strict=False) if mine != other]
    return len(wrong) == 1 and (wrong[0][0] != ours[0] or abs(int(wrong[0][0]) - int(wrong[0][1])) <= NEAR_YEARS)


def nationality_agreement(nationality: str, listed: list[str]) -> Agreement:
    """Whether the nationality is among the listed ones."""
    if not listed:
        return Agreement.UNKNOWN
    return Agreement.AGREES if nationality in listed else Agreement.DIFFERS
