"""onboarding_profile: what a customer said of themselves, as often as they said it; one of it was accepted."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from onboarding.models.applicant import Applicant
from onboarding.models.versioned import Versioned, WorkflowNow


class Profile(Versioned):
    """The workflow knows it by its id alone, so that histories hold no personal data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="profiles")
    first_name = models.TextField()
    last_name = models.TextField()
    date_of_birth = models.DateField()
    nationality = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    street = models.TextField()
    postal_code = models.TextField()
    city = models.TextField()
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    email = models.TextField()
    email_logic = models.PositiveSmallIntegerField(null=True)  # the rule the e-mail address was accepted by
    submitted_at = models.DateTimeField(db_default=WorkflowNow())
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "onboarding_profile"
        ordering = ("-submitted_at",)
        constraints = (
            # An application has one accepted profile: everything after it checks the same person.
            models.UniqueConstraint(
                fields=("applicant",), name="onboarding_profile_one_accepted", condition=Q(accepted_at__isnull=False)
            ),
            # An accepted profile says by which rule, and only an accepted one does.
            models.CheckConstraint(
                name="onboarding_profile_accepted_iff_by_a_rule",
                condition=Q(accepted_at__isnull=False, email_logic__isnull=False)
                | Q(accepted_at__isnull=True, email_logic__isnull=True),
            ),
            # Countries are codes, never names: screening compares them.
            models.CheckConstraint(
                name="onboarding_profile_countries_are_codes",
                condition=Q(nationality__regex=r"^[A-Z]{2}$") & Q(country__regex=r"^[A-Z]{2}$"),
            ),
        )

    def __str__(self) -> str:
        return f"Profile {self.id}"

    @property
    def full_name(self) -> str:
        """As it stands on a card."""
        return f"{self.first_name} {self.last_name}"
