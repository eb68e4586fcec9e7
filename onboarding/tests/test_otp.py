"""One-time codes: made again, never stored, tried five times, for five minutes, four of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from onboarding import conf, otp, services
from onboarding.models import Applicant, OtpChallenge
from onboarding.services.codes import TryOutcome
from onboarding.states import State
from onboarding.tests.conftest import ApplicantMaker

KEY = b"a key of the tests"
INSTANCE = "0192f0c1-0000-7000-8000-000000000001"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_code_is_made_again_from_instance_and_nonce() -> None:
    nonce = otp.new_nonce()
    assert otp.code_for(KEY, INSTANCE, nonce) == otp.code_for(KEY, INSTANCE, nonce)
    assert len(otp.code_for(KEY, INSTANCE, nonce)) == 6


def test_a_code_depends_on_key_instance_and_nonce() -> None:
    """Ten of each: two equal codes may be chance, ten are none."""
    nonces = [otp.new_nonce() for _ in range(10)]
    mine = [otp.code_for(KEY, INSTANCE, nonce) for nonce in nonces]
    assert len(set(mine)) > 5
    assert mine != [otp.code_for(b"another key", INSTANCE, nonce) for nonce in nonces]
    assert mine != [otp.code_for(KEY, "another instance", nonce) for nonce in nonces]


def test_only_the_right_code_has_a_seal_and_the_seal_does_not_hold_it() -> None:
    nonce = otp.new_nonce()
    code = otp.code_for(KEY, INSTANCE, nonce)
    sealed = otp.seal(KEY, INSTANCE, nonce, code)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert otp.is_seal(KEY, INSTANCE, nonce, sealed)
    assert otp.seal(KEY, INSTANCE, nonce, wrong) == otp.WRONG
    assert not otp.is_seal(KEY, INSTANCE, nonce, otp.WRONG)
    assert not otp.is_seal(KEY, INSTANCE, otp.new_nonce(), sealed)


def issued(applicant: Applicant) -> tuple[int, str]:
    """The number of another code, and its seal."""
    nonce = otp.new_nonce()
    code = services.issue_code(instance_id=str(applicant.id), nonce=nonce, at=NOW)
    assert code is not None
    return code.number, otp.seal_for(conf.otp_key(), str(applicant.id), nonce)


def tried(applicant: Applicant, number: int, seal: str, *, after: timedelta = timedelta(seconds=30)) -> tuple[str, int]:
    outcome = services.try_code(instance_id=str(applicant.id), number=number, seal=seal, at=NOW + after)
    return outcome.outcome, outcome.tries_left


@pytest.mark.django_db
def test_the_right_code_proves_the_phone(applicant: Applicant) -> None:
    number, seal = issued(applicant)
    assert tried(applicant, number, seal) == (TryOutcome.VERIFIED, 4)
    assert Applicant.objects.get(pk=applicant.pk).status == State.OTP_VERIFIED


@pytest.mark.django_db
def test_five_tries_and_no_more_even_with_the_right_code(applicant: Applicant) -> None:
    number, seal = issued(applicant)
    assert [tried(applicant, number, otp.WRONG)[1] for _ in range(5)] == [4, 3, 2, 1, 0]
    assert tried(applicant, number, seal) == (TryOutcome.EXHAUSTED, 0)
    assert OtpChallenge.objects.get().tries == 5
    assert Applicant.objects.get(pk=applicant.pk).status == State.PHONE_ENTERED


@pytest.mark.django_db
def test_a_code_ends_after_five_minutes(applicant: Applicant) -> None:
    number, seal = issued(applicant)
    assert tried(applicant, number, seal, after=otp.LIFETIME) == (TryOutcome.EXPIRED, 0)
    assert tried(applicant, number, seal, after=otp.LIFETIME - timedelta(seconds=1)) == (TryOutcome.VERIFIED, 4)


@pytest.mark.django_db
def test_only_the_latest_code_counts_and_it_has_its_own_tries(applicant: Applicant) -> None:
    first, first_seal = issued(applicant)
    tried(applicant, first, otp.WRONG)
    second, second_seal = issued(applicant)
    assert tried(applicant, first, first_seal) == (TryOutcome.SUPERSEDED, 5)
    assert tried(applicant, second, second_seal) == (TryOutcome.VERIFIED, 4)


@pytest.mark.django_db
def test_a_seal_of_somebody_else_is_worth_nothing(applicant: Applicant, make_applicant: ApplicantMaker) -> None:
    number, _ = issued(applicant)
    _, foreign = issued(make_applicant())
    assert tried(applicant, number, foreign)[0] == TryOutcome.WRONG


@pytest.mark.django_db
def test_before_any_code_was_issued_nothing_is_counted(applicant: Applicant) -> None:
    assert tried(applicant, 0, otp.WRONG)[0] == TryOutcome.SUPERSEDED


@pytest.mark.django_db
def test_a_phone_gets_four_codes_and_no_more(applicant: Applicant) -> None:
    assert [issued(applicant)[0] for _ in range(4)] == [1, 2, 3, 4]
    assert services.issue_code(instance_id=str(applicant.id), nonce="n", at=NOW) is None


@pytest.mark.django_db
def test_the_database_keeps_the_limits_too(applicant: Applicant) -> None:
    issued(applicant)
    for change in ({"tries": 6}, {"number": 5}, {"expires_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OtpChallenge.objects.update(**change)


@pytest.mark.django_db
def test_the_row_holds_neither_the_code_nor_anything_that_can_be_turned_into_it(applicant: Applicant) -> None:
    issued(applicant)
    nonce = OtpChallenge.objects.get().nonce
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM onboarding_otp_challenge c")
        row = cursor.fetchone()[0]
    code = otp.code_for(conf.otp_key(), str(applicant.id), nonce)
    assert code not in row.replace(nonce, "")
    assert otp.seal_for(conf.otp_key(), str(applicant.id), nonce) not in row
