"""Applicants, profiles and files for the tests."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfWriter

from onboarding import services
from onboarding.models import Applicant, Profile
from onboarding.profile import ProfileData
from onboarding.sanctions.index import name_index

SAMPLES = Path(__file__).parent.parent / "sanctions" / "samples"
OFAC_SAMPLE = SAMPLES / "ofac_sdn.csv"
OPENSANCTIONS_SAMPLE = SAMPLES / "opensanctions_targets_simple.csv"

ProfileMaker = Callable[..., ProfileData]
ApplicantMaker = Callable[..., Applicant]
users = itertools.count(1)


def profile_data(**changes: Any) -> dict[str, Any]:
    """A good profile as a client sends it, with changes."""
    return {
        "firstName": "Ada",
        "lastName": "Lindqvist",
        "dateOfBirth": "1990-04-17",
        "nationality": "SE",
        "street": "Storgatan 1",
        "postalCode": "111 22",
        "city": "Stockholm",
        "country": "SE",
        "email": "ada.lindqvist@example.com",
        **changes,
    }


@pytest.fixture
def make_applicant() -> ApplicantMaker:
    """Opens an application of its own user."""

    def make(**changes: Any) -> Applicant:
        facts = {"client": "tests", "user_id": f"user-{next(users)}", "phone_number": "+14155550100", **changes}
        return services.open_application(instance_id=str(uuid.uuid4()), **facts)

    return make


@pytest.fixture
def applicant(make_applicant: ApplicantMaker) -> Applicant:
    return make_applicant()


def stored_profile(applicant: Applicant, **changes: Any) -> Profile:
    """A submitted profile."""
    data = ProfileData.model_validate(profile_data(**changes))
    return services.store_profile(instance_id=str(applicant.id), data=data)[0]


def picture(*, kind: str = "JPEG", size: tuple[int, int] = (320, 200), shade: int = 128) -> bytes:
    """The bytes of a picture."""
    file = BytesIO()
    Image.new("L", size, shade).save(file, kind)
    return file.getvalue()


def pdf(*, pages: int = 1, password: str = "") -> bytes:
    """The bytes of a PDF of empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.fixture
def sanctions_lists(db: None) -> Iterator[None]:
    """Both samples, loaded. Numbers of loads come again after a rollback, so the index is forgotten."""
    services.load_sanctions(OFAC_SAMPLE)
    services.load_sanctions(OPENSANCTIONS_SAMPLE)
    name_index.cache_clear()
    yield
    name_index.cache_clear()
