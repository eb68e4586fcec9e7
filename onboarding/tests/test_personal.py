"""Personal data stays out of texts and behind masks."""

from __future__ import annotations

from onboarding.models import (
    Account,
    Applicant,
    Card,
    Document,
    IdentityCheck,
    OtpChallenge,
    Profile,
    Screening,
    Wallet,
)
from onboarding.personal import PERSONAL_FIELDS, mask, mask_ending, masked
from onboarding.profile import ProfileData


def test_a_mask_shows_the_first_character_of_what_is_long_enough() -> None:
    assert [mask(value) for value in ("Lindqvist", "Ada", "", None)] == ["L•••", "•••", "", ""]
    assert [mask_ending(value) for value in ("+14155550123", "4242", "")] == ["•••23", "•••", ""]


def test_everything_personal_is_masked_wherever_it_stands() -> None:
    told = {
        "data": {"phoneNumber": "+14155550123", "profile_id": "x"},
        "list": [{"otp": "123456"}],
        "first_name": "Ada",
    }
    assert masked(told) == {
        "data": {"phoneNumber": "+•••", "profile_id": "x"},
        "list": [{"otp": "1•••"}],
        "first_name": "•••",
    }


def test_every_field_of_a_profile_is_personal_in_both_spellings() -> None:
    for name, field in ProfileData.model_fields.items():
        assert {name, field.alias} <= PERSONAL_FIELDS


def test_no_row_tells_personal_data_as_text() -> None:
    secret = "Lindqvist"
    rows = [
        Applicant(user_id=secret, phone_number=secret),
        Profile(first_name=secret, last_name=secret, email=secret),
        Document(sha256=secret),
        OtpChallenge(nonce=secret, number=1),
        IdentityCheck(check_id="c"),
        Account(number=secret, account_id="a"),
        Wallet(wallet_id="w"),
        Card(last_digits="4242", card_id="c"),
        Screening(reason=secret),
    ]
    assert not [row for row in rows if secret in str(row) or secret in repr(row) or "4242" in str(row)]
