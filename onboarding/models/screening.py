"""onboarding_screening: what an application was screened with, whom it resembled, and what was decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from onboarding.models.applicant import Applicant
from onboarding.models.sanctions import SanctionsEntry
from onboarding.models.versioned import Versioned, WorkflowNow


class Verdict(models.TextChoices):
    CLEAR = "CLEAR"  # nobody on the lists is like this
    HIT = "HIT"  # this is a listed person
    REVIEW = "REVIEW"  # like one, but not surely: staff decides
    CLEARED_BY_STAFF = "CLEARED_BY_STAFF"  # staff: a coincidence
    REJECTED_BY_STAFF = "REJECTED_BY_STAFF"  # staff: the listed person


class Screening(Versioned):
    id = models.BigAutoField(primary_key=True)
    applicant = models.OneToOneField(Applicant, on_delete=models.CASCADE, related_name="screening")
    verdict = FSMField(max_length=20, choices=Verdict.choices, protected=True)
    score = models.FloatField()  # 0 to 100 and a little more, see sanctions/scoring.py
    name_score = models.FloatField()
    birth_date_agreement = models.TextField()  # AGREES, NEAR, UNKNOWN, DIFFERS
    nationality_agreement = models.TextField()
    entry = models.ForeignKey(SanctionsEntry, null=True, on_delete=models.SET_NULL, related_name="+")
    entry_source = models.TextField(default="", blank=True)  # survives the entry
    entry_source_id = models.TextField(default="", blank=True)
    lists = models.JSONField(default=list)  # ids of the loads that were screened against
    reason = models.TextField(default="", blank=True)  # staff's
    screened_at = models.DateTimeField(db_default=WorkflowNow())
    decided_at = models.DateTimeField(null=True)  # by staff

    class Meta:
        db_table = "onboarding_screening"
        ordering = ("-screened_at",)
        constraints = (
            # A staff decision has an instant and a reason, and nothing else has.
            models.CheckConstraint(
                name="onboarding_screening_decided_iff_dated",
                condition=(
                    Q(verdict__in=(Verdict.CLEARED_BY_STAFF, Verdict.REJECTED_BY_STAFF), decided_at__isnull=False)
                    & ~Q(reason="")
                )
                | Q(verdict__in=(Verdict.CLEAR, Verdict.HIT, Verdict.REVIEW), decided_at__isnull=True, reason=""),
            ),
            # Who is not clear resembles somebody in particular.
            models.CheckConstraint(
                name="onboarding_screening_names_the_likeness",
                condition=Q(verdict=Verdict.CLEAR) | ~Q(entry_source_id=""),
            ),
        )

    def __str__(self) -> str:
        return f"Screening of {self.applicant_id}"

    @transition(field=verdict, source=Verdict.REVIEW, target=Verdict.CLEARED_BY_STAFF)
    def clear(self) -> None:
        """A coincidence."""

    @transition(field=verdict, source=Verdict.REVIEW, target=Verdict.REJECTED_BY_STAFF)
    def reject(self) -> None:
        """The listed person."""
