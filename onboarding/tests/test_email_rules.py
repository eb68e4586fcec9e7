"""The two e-mail rules differ where they should and agree where they must."""

from __future__ import annotations

import pytest

from onboarding.email_rules import PERSONAL_MAILBOX, SYNTAX_ONLY, AcceptedEmail, RefusedEmail, judge_email

BOTH = (SYNTAX_ONLY, PERSONAL_MAILBOX)


@pytest.mark.parametrize("logic", BOTH)
@pytest.mark.parametrize(
    "address", ["ada", "ada@", "@example.com", "ada@@example.com", "ada@example", "a b@example.com"]
)
def test_what_is_no_address_is_refused_by_both(address: str, logic: int) -> None:
    judged = judge_email(address, logic=logic)
    assert isinstance(judged, RefusedEmail)
    assert judged.code == "email-syntax"


@pytest.mark.parametrize("logic", BOTH)
def test_an_ordinary_address_is_accepted_by_both(logic: int) -> None:
    assert judge_email("ada.lindqvist@example.com", logic=logic) == AcceptedEmail("ada.lindqvist@example.com")


def test_logic_1_keeps_an_address_as_it_was_typed_and_logic_2_normalises_it() -> None:
    assert judge_email("Ada@EXAMPLE.com", logic=SYNTAX_ONLY) == AcceptedEmail("Ada@EXAMPLE.com")
    assert judge_email("Ada@EXAMPLE.com", logic=PERSONAL_MAILBOX) == AcceptedEmail("Ada@example.com")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("ada@mailinator.com", "email-disposable"),
        ("ada@YOPMAIL.com", "email-disposable"),
        ("info@example.com", "email-role"),
        ("NoReply+ada@example.com", "email-role"),
    ],
)
def test_logic_2_refuses_what_logic_1_accepts(address: str, code: str) -> None:
    assert isinstance(judge_email(address, logic=SYNTAX_ONLY), AcceptedEmail)
    judged = judge_email(address, logic=PERSONAL_MAILBOX)
    assert isinstance(judged, RefusedEmail)
    assert judged.code == code
