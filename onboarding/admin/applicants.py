"""Applicants and what they said of themselves."""

from __future__ import annotations

from django.contrib import admin

from onboarding.admin.read_only import ReadOnlyAdmin
from onboarding.models import Applicant, Profile


@admin.register(Applicant)
class ApplicantAdmin(ReadOnlyAdmin):
    personal = ("phone_number",)
    list_display = ("id", "client", "user_id", "masked_phone_number", "status", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "user_id__exact")
    search_help_text = "The id of an instance, or of a user, as a whole."


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    personal = (
        "first_name",
        "last_name",
        "date_of_birth",
        "nationality",
        "street",
        "postal_code",
        "city",
        "country",
        "email",
    )
    list_display = ("id", "applicant", "masked_last_name", "email_logic", "submitted_at", "accepted_at")
    list_select_related = ("applicant",)
    search_fields = ("applicant__id__exact",)
    search_help_text = "The id of an instance as a whole."
