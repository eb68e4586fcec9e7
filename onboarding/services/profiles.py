"""Profiles: stored as they were submitted, accepted by the workflow under the rule it is pinned to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onboarding.email_rules import AcceptedEmail, judge_email
from onboarding.models import Applicant, Profile
from onboarding.profile import Problem, ProfileData, profile_problems
from onboarding.services.applications import move_applicant
from onboarding.states import State

FIELDS = tuple(ProfileData.model_fields)


def store_profile(*, instance_id: str, data: ProfileData) -> tuple[Profile, bool]:
    """Keep a submitted profile, and say whether it is new. The same content is the same row, so a repeat is one."""
    with transaction.atomic():
        Applicant.objects.select_for_update().get(pk=instance_id)
        content = data.model_dump()
        found = Profile.objects.filter(applicant_id=instance_id, **content).first()
        return (found, False) if found else (Profile.objects.create(applicant_id=instance_id, **content), True)


def discard_profile(profile: Profile) -> None:
    """Forget a profile that the workflow never heard of."""
    Profile.objects.filter(pk=profile.pk, accepted_at=None).delete()


def accept_profile(*, instance_id: str, profile_id: str, email_logic: int, at: datetime) -> list[Problem]:
    """Judge a stored profile; without a problem it is the application's. An unknown id is a problem too."""
    profile = Profile.objects.filter(pk=profile_id, applicant_id=instance_id).first()
    if profile is None:
        return [Problem(field="profile", code="profile-unknown", message="This profile was not submitted here.")]
    data = ProfileData.model_validate({name: getattr(profile, name) for name in FIELDS})
    problems = profile_problems(data, today=at.date(), email_logic=email_logic)
    email = judge_email(data.email, logic=email_logic)
    if problems or not isinstance(email, AcceptedEmail):
        return problems
    profile.email, profile.email_logic, profile.accepted_at = email.address, email_logic, at
    profile.store("email", "email_logic", "accepted_at")
    move_applicant(Applicant.objects.get(pk=instance_id), State.PROFILE_COMPLETED)
    return []
