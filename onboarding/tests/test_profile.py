"""Profiles: their shape, the rules they are judged by, and how one becomes the application's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from onboarding import services
from onboarding.models import Applicant, Profile
from onboarding.profile import ProfileData, age_in_years, is_name, profile_problems
from onboarding.services.applications import move_applicant
from onboarding.states import State
from onboarding.tests.conftest import ApplicantMaker, profile_data, stored_profile

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def problems(email_logic: int = 2, **changes: Any) -> list[tuple[str, str]]:
    data = ProfileData.model_validate(profile_data(**changes))
    return [(p.field, p.code) for p in profile_problems(data, today=TODAY, email_logic=email_logic)]


def test_a_good_profile_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"firstName": "4da"}, ("firstName", "name")),
        ({"lastName": "<script>"}, ("lastName", "name")),
        ({"lastName": "..."}, ("lastName", "name")),
        ({"dateOfBirth": "2008-11-23"}, ("dateOfBirth", "too-young")),
        ({"dateOfBirth": "2030-01-01"}, ("dateOfBirth", "birth-date")),
        ({"dateOfBirth": "1900-01-01"}, ("dateOfBirth", "birth-date")),
        ({"nationality": "XX"}, ("nationality", "country")),
        ({"country": "ZZ"}, ("country", "country")),
        ({"postalCode": "#1"}, ("postalCode", "postal-code")),
        ({"street": "12345"}, ("street", "street")),
        ({"city": "99"}, ("city", "city")),
        ({"email": "nobody"}, ("email", "email-syntax")),
    ],
)
def test_each_rule_names_its_field(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problems(**changes) == [problem]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong: dict[str, Any] = {"firstName": "4da", "dateOfBirth": "2015-01-01", "nationality": "XX", "email": "nobody"}
    assert [field for field, _ in problems(**wrong)] == ["firstName", "dateOfBirth", "nationality", "email"]


def test_the_problems_never_repeat_a_value() -> None:
    data = ProfileData.model_validate(profile_data(firstName="S3cret", email="S3cret"))
    told = str(profile_problems(data, today=TODAY, email_logic=2))
    assert "S3cret" not in told
    assert "Lindqvist" not in str(data)
    assert "Lindqvist" not in repr(data)


def test_the_eighteenth_birthday_makes_a_customer() -> None:
    assert problems(dateOfBirth="2008-11-22") == []
    assert age_in_years(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_in_years(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    "name", ["Ólafur", "Jean-Luc", "D\u2019Arcy", "王小明", "नेहा", "Ngô Đình", "Paral·lel", "J. R."]
)
def test_names_of_the_world_are_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "changes",
    [
        {"firstName": ""},
        {"firstName": "x" * 101},
        {"firstName": None},
        {"lastName": "Lind\x00qvist"},
        {"street": "Stor\ngatan"},
        {"dateOfBirth": "17/04/1990"},
        {"nationality": "SWE"},
        {"surprise": "field"},
    ],
)
def test_another_shape_is_no_profile(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProfileData.model_validate(profile_data(**changes))


def test_codes_may_be_typed_in_lower_case() -> None:
    assert ProfileData.model_validate(profile_data(nationality="se")).nationality == "SE"


@pytest.fixture
def verified(applicant: Applicant) -> Applicant:
    """An applicant whose phone is proven."""
    move_applicant(applicant, State.OTP_VERIFIED)
    return applicant


def accept(applicant: Applicant, profile: Profile, email_logic: int = 2) -> list[str]:
    found = services.accept_profile(
        instance_id=str(applicant.id), profile_id=str(profile.id), email_logic=email_logic, at=NOW
    )
    return [problem.code for problem in found]


@pytest.mark.django_db
def test_an_accepted_profile_moves_the_application(verified: Applicant) -> None:
    profile = stored_profile(verified, email="Ada@EXAMPLE.com")
    assert accept(verified, profile) == []
    kept = Profile.objects.get(applicant=verified)
    assert (kept.email, kept.email_logic, kept.accepted_at) == ("Ada@example.com", 2, NOW)
    assert Applicant.objects.get(pk=verified.pk).status == State.PROFILE_COMPLETED


@pytest.mark.django_db
def test_a_refused_profile_moves_nothing(verified: Applicant) -> None:
    assert accept(verified, stored_profile(verified, email="info@example.com")) == ["email-role"]
    assert Applicant.objects.get(pk=verified.pk).status == State.OTP_VERIFIED
    assert not Profile.objects.filter(accepted_at__isnull=False).exists()


@pytest.mark.django_db
def test_the_pinned_rule_decides(verified: Applicant) -> None:
    assert accept(verified, stored_profile(verified, email="info@example.com"), email_logic=1) == []


@pytest.mark.django_db
def test_a_foreign_profile_is_unknown(verified: Applicant, make_applicant: ApplicantMaker) -> None:
    assert accept(verified, stored_profile(make_applicant())) == ["profile-unknown"]
    unknown = Profile(id=uuid4())
    assert accept(verified, unknown) == ["profile-unknown"]


@pytest.mark.django_db
def test_the_same_profile_twice_is_one_row(applicant: Applicant) -> None:
    assert stored_profile(applicant) == stored_profile(applicant)
    assert stored_profile(applicant, city="Lund") != stored_profile(applicant)
    assert Profile.objects.filter(applicant=applicant).count() == 2
