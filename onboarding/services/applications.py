"""The application itself: opened with its instance, moved along with the machine's states."""

from __future__ import annotations

from uuid import UUID

from django_fsm import TransitionNotAllowed

from onboarding.models import Applicant
from onboarding.models.applicant import applicant_edges
from onboarding.models.versioned import WorkflowNow
from onboarding.states import State
from workflow import ApplicationFailure


def open_application(*, instance_id: str, client: str, user_id: str, phone_number: str) -> Applicant:
    """The application of an instance; the same one when it is there already."""
    applicant, _ = Applicant.objects.get_or_create(
        id=UUID(instance_id), defaults={"client": client, "user_id": user_id, "phone_number": phone_number}
    )
    return applicant


def ensure_application(*, instance_id: str, client: str, user_id: str) -> Applicant:
    """The application of an instance. One that was started anew by staff takes the number of its predecessor."""
    found = Applicant.objects.filter(pk=instance_id).first()
    if found is not None:
        return found
    predecessor = Applicant.objects.filter(client=client, user_id=user_id).order_by("-created_at").first()
    if predecessor is None:
        raise ApplicationFailure("Nothing is known of this customer's phone.", type="PHONE_NUMBER_UNKNOWN")
    return open_application(
        instance_id=instance_id, client=client, user_id=user_id, phone_number=predecessor.phone_number
    )


def move_applicant(applicant: Applicant, to: State) -> None:
    """Take the FSM's edge to a state. Raises TransitionNotAllowed where there is none."""
    verb = applicant_edges().get((applicant.status, to))
    if verb is None:
        raise TransitionNotAllowed(f"{applicant} cannot go from {applicant.status} to {to}.", object=applicant)
    getattr(applicant, verb)()
    applicant.store("status", updated_at=WorkflowNow())
