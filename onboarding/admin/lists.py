"""Sanctions lists and whom they name. The lists are public; the names are masked all the same, where many are shown."""

from __future__ import annotations

from django.contrib import admin

from onboarding.admin.read_only import ReadOnlyAdmin
from onboarding.models import SanctionsEntry, SanctionsList


@admin.register(SanctionsList)
class SanctionsListAdmin(ReadOnlyAdmin):
    list_display = ("id", "source", "entries", "loaded_at")
    list_filter = ("source",)


@admin.register(SanctionsEntry)
class SanctionsEntryAdmin(ReadOnlyAdmin):
    personal = ("name", "compared_names", "birth_dates", "nationalities")
    list_display = ("source_id", "source", "masked_name", "program", "list")
    list_filter = ("source",)
    list_select_related = ("list",)
    search_fields = ("source_id__exact",)
    search_help_text = "The list's own id of a person as a whole."
