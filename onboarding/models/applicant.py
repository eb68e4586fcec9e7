"""onboarding_applicant: one application, one row, under its instance's id. `status` follows the machine's states."""

from __future__ import annotations

from functools import lru_cache

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from onboarding.models.versioned import Versioned, WorkflowNow
from onboarding.states import State

WAITING = (
    State.PHONE_ENTERED,
    State.OTP_VERIFIED,
    State.PROFILE_COMPLETED,
    State.DOC_UPLOADED,
    State.EKYC_PENDING,
    State.AML_PENDING,
)
"""The states that wait for somebody; each has a limit, and expires."""


class Applicant(Versioned):
    id = models.UUIDField(primary_key=True)  # the instance's
    client = models.TextField()  # the client application that may see it
    user_id = models.TextField()  # who it is to that client
    phone_number = models.TextField()
    status = FSMField(max_length=20, choices=State.choices, default=State.PHONE_ENTERED, protected=True)
    created_at = models.DateTimeField(db_default=WorkflowNow())
    updated_at = models.DateTimeField(db_default=WorkflowNow())

    class Meta:
        db_table = "onboarding_applicant"
        ordering = ("-id",)
        permissions = (("view_personal_data", "Can see personal data of applicants"),)
        indexes = (models.Index(fields=("client", "user_id"), name="onboarding_applicant_customer"),)
        constraints = (
            # Codes go to real numbers only: E.164, as the text message provider takes them.
            models.CheckConstraint(
                name="onboarding_applicant_phone_is_e164", condition=Q(phone_number__regex=r"^\+[1-9][0-9]{6,14}$")
            ),
            # A status is a state of the machines: no row stands where no arrow leads.
            models.CheckConstraint(name="onboarding_applicant_status_is_a_state", condition=Q(status__in=State.values)),
        )

    def __str__(self) -> str:
        return f"Applicant {self.id}"

    # -- the FSM: the edges that any machine may use (`checks.py` compares) --------------------------------------------

    @transition(field=status, source=State.PHONE_ENTERED, target=State.OTP_VERIFIED)
    def verify_phone(self) -> None:
        """The code was right."""

    @transition(field=status, source=State.OTP_VERIFIED, target=State.PROFILE_COMPLETED)
    def complete_profile(self) -> None:
        """The profile was accepted."""

    @transition(field=status, source=(State.PROFILE_COMPLETED, State.DOC_UPLOADED), target=State.DOC_UPLOADED)
    def take_document(self) -> None:
        """A document was attached, or another one."""

    @transition(field=status, source=State.DOC_UPLOADED, target=State.EKYC_PENDING)
    def submit(self) -> None:
        """The identity provider took the check."""

    @transition(field=status, source=State.EKYC_PENDING, target=State.EKYC_APPROVED)
    def approve_identity(self) -> None:
        """The identity provider confirmed."""

    @transition(field=status, source=State.EKYC_PENDING, target=State.EKYC_REJECTED)
    def reject_identity(self) -> None:
        """The identity provider did not."""

    @transition(field=status, source=(State.EKYC_APPROVED, State.CARD_ACTIVATED), target=State.AML_PENDING)
    def screen(self) -> None:
        """Screened against the lists: before provisioning in version 1, after it in version 2."""

    @transition(field=status, source=State.AML_PENDING, target=State.AML_CLEARED)
    def clear(self) -> None:
        """Not on a list, or staff says so."""

    @transition(field=status, source=State.AML_PENDING, target=State.AML_REJECTED)
    def reject(self) -> None:
        """On a list, or staff says so."""

    @transition(field=status, source=(State.AML_CLEARED, State.EKYC_APPROVED), target=State.ACCOUNT_CREATED)
    def receive_account(self) -> None:
        """The bank opened an account: after screening in version 1, before it in version 2."""

    @transition(field=status, source=State.ACCOUNT_CREATED, target=State.WALLET_CREATED)
    def receive_wallet(self) -> None:
        """The bank opened a wallet."""

    @transition(field=status, source=State.WALLET_CREATED, target=State.CARD_ACTIVATED)
    def receive_card(self) -> None:
        """The bank activated a card."""

    @transition(field=status, source=(State.ACCOUNT_CREATED, State.AML_CLEARED), target=State.COMPLETED)
    def complete(self) -> None:
        """Nothing is left to do."""

    @transition(field=status, source=WAITING, target=State.EXPIRED)
    def expire(self) -> None:
        """The state's limit passed."""


@lru_cache(maxsize=1)
def applicant_edges() -> dict[tuple[str, str], str]:
    """(source, target) of every edge of the FSM above, and the verb that takes it."""
    field = Applicant._meta.get_field("status")
    return {(str(edge.source), str(edge.target)): edge.name for edge in field.get_all_transitions(Applicant)}
