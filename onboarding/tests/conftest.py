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
from pytest_django import Settings

from onboarding import services
from onboarding.demonstration.people import somebody
from onboarding.models import Applicant, Profile
from onboarding.profile import ProfileData
from onboarding.sanctions.index import name_index
from onboarding.tests.world import Application, StillApplication
from simulator.testing import SimulatorProcess, WebhookReceiver, simulator, simulator_process, webhook_receiver

__all__ = ["simulator", "simulator_process", "webhook_receiver"]

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


@pytest.fixture
def providers(simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, settings: Settings) -> None:
    """The simulator answers, and its webhooks go where `Application.hear` finds them."""
    secrets = {"sms": "token", "ekyc": simulator.webhook_secret, "core_banking": "token"}
    settings.ONBOARDING_PROVIDERS = {name: {"url": simulator.url, "secret": word} for name, word in secrets.items()}
    settings.PUBLIC_URL = webhook_receiver.url.removesuffix("/webhooks/ekyc")


@pytest.fixture
def world(
    host: object, providers: None, simulator: SimulatorProcess, webhook_receiver: WebhookReceiver
) -> Iterator[Callable[..., Application]]:
    """Makes applications in a world with a worker, both lists and the simulated providers."""
    for sample in (OFAC_SAMPLE, OPENSANCTIONS_SAMPLE):
        services.load_sanctions(sample)
    name_index.cache_clear()
    yield lambda **changes: Application(simulator, webhook_receiver, somebody().but(**changes))
    name_index.cache_clear()


@pytest.fixture
def still_world(
    sanctions_lists: None, providers: None, simulator: SimulatorProcess, webhook_receiver: WebhookReceiver
) -> Callable[..., StillApplication]:
    """Makes applications in a world where time stands still and nobody works unasked."""
    return lambda **changes: StillApplication(simulator, webhook_receiver, somebody().but(**changes))
