"""What a likeness is worth: the thresholds that the module's table promises."""

from __future__ import annotations

from datetime import date

import pytest

from onboarding.models import Verdict
from onboarding.sanctions.names import normalise
from onboarding.sanctions.scoring import Agreement, Likeness, Person, birth_date_agreement, likeness, name_likeness

BORN_ON = date(1962, 7, 12)
LISTED = [normalise("DRAKMOOR, Viktor Ansgar")]


def verdict(name: str, born_on: date, nationality: str, dates: list[str], nationalities: list[str]) -> Verdict:
    person = Person(normalise(name), born_on, nationality)
    return likeness(person, LISTED, dates, nationalities).verdict


def test_the_listed_person_is_a_hit() -> None:
    assert verdict("Viktor Ansgar Drakmoor", BORN_ON, "IR", ["1962-07-12"], ["IR"]) is Verdict.HIT


def test_a_misspelt_name_with_the_same_birth_date_and_nationality_is_a_hit() -> None:
    assert verdict("Wiktor Ansgar Drakmor", BORN_ON, "IR", ["1962-07-12"], ["IR"]) is Verdict.HIT


def test_a_name_alone_rejects_nobody() -> None:
    assert verdict("Viktor Ansgar Drakmoor", BORN_ON, "IR", [], []) is Verdict.REVIEW
    assert verdict("Viktor Ansgar Drakmoor", BORN_ON, "IR", [], ["IR"]) is Verdict.REVIEW


def test_a_namesake_with_another_birth_date_is_clear() -> None:
    assert verdict("Viktor Ansgar Drakmoor", date(1991, 3, 4), "IR", ["1962-07-12"], ["IR"]) is Verdict.CLEAR


def test_a_part_of_the_name_with_the_same_birth_date_is_found() -> None:
    assert verdict("Viktor Drakmoor", BORN_ON, "IR", ["1962-07-12"], ["IR"]) is Verdict.HIT
    assert verdict("Viktor Drakmoor", BORN_ON, "SE", ["1962-07-12"], ["IR"]) is Verdict.REVIEW


def test_somebody_else_is_clear() -> None:
    assert verdict("Ada Lindqvist", BORN_ON, "IR", ["1962-07-12"], ["IR"]) is Verdict.CLEAR


@pytest.mark.parametrize(
    ("listed", "agreement"),
    [
        (["1962-07-12"], Agreement.AGREES),
        (["1962-07"], Agreement.AGREES),
        (["1962"], Agreement.AGREES),
        (["1950", "1962"], Agreement.AGREES),
        (["1963"], Agreement.NEAR),
        (["1962-12-07"], Agreement.NEAR),
        (["1962-07-21"], Agreement.NEAR),
        (["1961-07-12"], Agreement.NEAR),
        (["1959-07-12"], Agreement.DIFFERS),
        (["1962-08-13"], Agreement.DIFFERS),
        (["1965"], Agreement.DIFFERS),
        ([], Agreement.UNKNOWN),
    ],
)
def test_birth_dates_agree_as_far_as_they_are_known(listed: list[str], agreement: Agreement) -> None:
    assert birth_date_agreement(BORN_ON, listed) is agreement


def test_one_word_alone_is_no_part_of_a_name() -> None:
    assert name_likeness("viktor", "ansgar drakmoor viktor") < 60


def test_the_thresholds_are_where_the_table_puts_them() -> None:
    assert Likeness(100, Agreement.DIFFERS, Agreement.AGREES).verdict is Verdict.CLEAR
    assert Likeness(88, Agreement.AGREES, Agreement.AGREES).verdict is Verdict.HIT
    assert Likeness(88, Agreement.AGREES, Agreement.UNKNOWN).verdict is Verdict.REVIEW
    assert Likeness(100, Agreement.UNKNOWN, Agreement.DIFFERS).verdict is Verdict.REVIEW
    assert Likeness(75, Agreement.AGREES, Agreement.AGREES).verdict is Verdict.REVIEW
    assert Likeness(76, Agreement.AGREES, Agreement.UNKNOWN).verdict is Verdict.CLEAR
