"""Screenings: the verdict of the lists, and of staff where the lists were in doubt."""

from __future__ import annotations

from datetime import datetime

from onboarding.models import Applicant, Profile, Screening, Verdict
from onboarding.sanctions.screening import screen
from onboarding.services.applications import move_applicant
from onboarding.states import State


def screen_application(*, instance_id: str) -> Verdict:
    """Screen the accepted profile, keep what was found, and move on to AML_PENDING. Raises SanctionsListMissing."""
    profile = Profile.objects.get(applicant_id=instance_id, accepted_at__isnull=False)
    finding = screen(profile)
    likeness, entry = finding.likeness, finding.entry
    Screening.objects.create(
        applicant_id=instance_id,
        verdict=likeness.verdict,
        score=likeness.score,
        name_score=likeness.name_score,
        birth_date_agreement=likeness.birth_date,
        nationality_agreement=likeness.nationality,
        entry=entry,
        entry_source="" if entry is None else entry.source,
        entry_source_id="" if entry is None else entry.source_id,
        lists=list(finding.lists),
    )
    move_applicant(Applicant.objects.get(pk=instance_id), State.AML_PENDING)
    return likeness.verdict


def record_review(*, instance_id: str, to: State, reason: str, at: datetime) -> None:
    """Note what staff decided about a likeness, and move on."""
    screening = Screening.objects.get(applicant_id=instance_id)
    if to is State.AML_CLEARED:
        screening.clear()
    else:
        screening.reject()
    screening.reason, screening.decided_at = reason, at
    screening.store("verdict", "reason", "decided_at")
    move_applicant(Applicant.objects.get(pk=instance_id), to)
