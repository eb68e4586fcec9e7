"""Documents, identity checks and screenings."""

from __future__ import annotations

from django.contrib import admin

from onboarding.admin.read_only import ReadOnlyAdmin
from onboarding.models import Document, IdentityCheck, Screening


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """The file itself is served to nobody."""

    hidden = ("file",)
    personal = ("sha256",)
    list_display = ("id", "applicant", "kind", "status", "content_type", "size_bytes", "pages", "stored_at")
    list_filter = ("kind", "status")
    list_select_related = ("applicant",)
    search_fields = ("applicant__id__exact",)
    search_help_text = "The id of an instance as a whole."


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    list_display = ("check_id", "applicant", "status", "reason", "submitted_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("applicant",)
    search_fields = ("check_id__exact", "applicant__id__exact")
    search_help_text = "The id of a check or of an instance as a whole."


@admin.register(Screening)
class ScreeningAdmin(ReadOnlyAdmin):
    personal = ("reason",)
    list_display = ("applicant", "verdict", "score", "birth_date_agreement", "nationality_agreement", "screened_at")
    list_filter = ("verdict",)
    list_select_related = ("applicant",)
    search_fields = ("applicant__id__exact",)
    search_help_text = "The id of an instance as a whole."
