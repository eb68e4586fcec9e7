"""Everything onboarding reads. What belongs to another client is not found, like what does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onboarding.errors import ApplicationNotFound
from onboarding.models import Applicant, Document, IdentityCheck, OtpChallenge, Profile
from onboarding.models.document import DocumentStatus
from workflow import client as engine
from workflow.client import Actor

IN_USE = (DocumentStatus.ATTACHED, DocumentStatus.SUBMITTED)


@dataclass(frozen=True, slots=True)
class ApplicationStatus:
    """What a client may know of an onboarding: where it stands and what the customer can do now."""

    instance_id: str
    user_id: str
    version: int
    state: str
    status: str
    possible_actions: tuple[str, ...]
    failure_code: str | None
    documents: tuple[Document, ...]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


def get_applicant(instance_id: str) -> Applicant:
    """The application of an instance. Raises ApplicationNotFound."""
    try:
        return Applicant.objects.get(pk=UUID(str(instance_id)))
    except (Applicant.DoesNotExist, ValueError):
        raise ApplicationNotFound(f"There is no application {instance_id}.") from None


def get_application(instance_id: str, *, client: str) -> Applicant:
    """The application of an instance, if it is this client's. Raises ApplicationNotFound."""
    applicant = get_applicant(instance_id)
    if applicant.client != client:
        raise ApplicationNotFound(f"There is no application {instance_id}.")
    return applicant


def get_status(instance_id: str, *, client: str) -> ApplicationStatus:
    """Where an onboarding stands. Raises ApplicationNotFound."""
    applicant = get_application(instance_id, client=client)
    described = engine.describe(str(applicant.id))
    return ApplicationStatus(
        instance_id=str(applicant.id),
        user_id=applicant.user_id,
        version=described.version,
        state=described.state or applicant.status,
        status=described.status,
        possible_actions=tuple(action for action, actors in described.possible_actions if Actor.USER in actors),
        failure_code=(described.failure or {}).get("type"),
        documents=tuple(applicant.documents.exclude(status=DocumentStatus.STORED)),
        created_at=described.created_at,
        updated_at=described.updated_at,
        finished_at=described.finished_at,
    )


def find_latest_applicant(*, client: str, user_id: str) -> Applicant | None:
    """The newest application of a client's user."""
    return Applicant.objects.filter(client=client, user_id=user_id).order_by("-created_at").first()


def find_latest_challenge(instance_id: str) -> OtpChallenge | None:
    """The code that counts, if one was issued."""
    return OtpChallenge.objects.filter(applicant_id=instance_id).order_by("-number").first()


def get_challenge(instance_id: str, number: int) -> OtpChallenge:
    """A code by its number, with its applicant."""
    return OtpChallenge.objects.select_related("applicant").get(applicant_id=instance_id, number=number)


def get_accepted_profile(instance_id: str) -> Profile:
    """The profile that everything after it is about."""
    return Profile.objects.get(applicant_id=instance_id, accepted_at__isnull=False)


def get_document_in_use(instance_id: str) -> Document:
    """The document that counts."""
    return Document.objects.get(applicant_id=instance_id, status__in=IN_USE)


def find_identity_check(check_id: str) -> IdentityCheck | None:
    """A check by the provider's id."""
    return IdentityCheck.objects.filter(check_id=check_id).first()
