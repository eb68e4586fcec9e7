"""onboarding_identity_check: a check that the identity provider took, and what it decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from onboarding.models.applicant import Applicant
from onboarding.models.versioned import Versioned, WorkflowNow


class CheckStatus(models.TextChoices):
    PENDING = "PENDING"  # the provider decides
    APPROVED = "APPROVED"  # this is who they say
    REJECTED = "REJECTED"  # it is not, or the document does not do


class IdentityCheck(Versioned):
    id = models.BigAutoField(primary_key=True)
    applicant = models.OneToOneField(Applicant, on_delete=models.CASCADE, related_name="identity_check")
    check_id = models.TextField(unique=True)  # the provider's
    status = FSMField(max_length=20, choices=CheckStatus.choices, default=CheckStatus.PENDING, protected=True)
    reason = models.TextField(default="", blank=True)  # the provider's code for a rejection
    submitted_at = models.DateTimeField(db_default=WorkflowNow())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "onboarding_identity_check"
        ordering = ("-submitted_at",)
        constraints = (
            # A decision has an instant, and only a decision has.
            models.CheckConstraint(
                name="onboarding_identity_check_decided_iff_dated",
                condition=Q(status=CheckStatus.PENDING, decided_at__isnull=True)
                | Q(status__in=(CheckStatus.APPROVED, CheckStatus.REJECTED), decided_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Identity check {self.check_id}"

    @transition(field=status, source=CheckStatus.PENDING, target=CheckStatus.APPROVED)
    def approve(self) -> None:
        """Confirmed."""

    @transition(field=status, source=CheckStatus.PENDING, target=CheckStatus.REJECTED)
    def reject(self) -> None:
        """Not confirmed."""
