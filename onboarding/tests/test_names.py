"""Names are compared without case, accents, punctuation, titles and order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.sanctions.names import normalise


@pytest.mark.parametrize(
    "spelling",
    ["DRAKMOOR, Viktor Ánsgar", "viktor ansgar drakmoor", "Dr. Viktor-Ansgar  DRAKMOOR", "Drakmoor Ansgar Viktor"],
)
def test_spellings_of_one_name_become_the_same(spelling: str) -> None:
    assert normalise(spelling) == "ansgar drakmoor viktor"


@pytest.mark.parametrize(
    ("listed", "plain"),
    [
        ("Łukaszyński", "lukaszynski"),
        ("O'Brien", "obrien"),
        ("Æthelstan Strauß", "aethelstan strauss"),
        ("Þórsdóttir", "thorsdottir"),
        ("\u0130brahim Y\u0131ld\u0131z", "ibrahim yildiz"),
        ("Ðorđe", "dorde"),
        ("Лев Юдин", "лев юдин"),
    ],
)
def test_letters_that_unicode_does_not_take_apart_are_taken_apart(listed: str, plain: str) -> None:
    assert normalise(listed) == plain


def test_a_name_that_is_nothing_but_a_title_keeps_it() -> None:
    assert normalise("General") == "general"


def test_what_has_no_word_becomes_nothing() -> None:
    assert normalise(" -- ... ") == ""


@given(st.text())
def test_a_normalised_name_stays_as_it_is(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)
