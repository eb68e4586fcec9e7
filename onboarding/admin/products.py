"""What the bank keeps: accounts, wallets, cards."""

from __future__ import annotations

from django.contrib import admin

from onboarding.admin.read_only import ReadOnlyAdmin
from onboarding.models import Account, Card, Wallet


class ProductAdmin(ReadOnlyAdmin):
    list_filter = ("status",)
    list_select_related = ("applicant",)
    search_fields = ("applicant__id__exact",)
    search_help_text = "The id of an instance as a whole."


@admin.register(Account)
class AccountAdmin(ProductAdmin):
    personal = ("number",)
    list_display = ("account_id", "applicant", "masked_number", "currency", "status", "opened_at", "closed_at")


@admin.register(Wallet)
class WalletAdmin(ProductAdmin):
    list_display = ("wallet_id", "applicant", "account", "status", "opened_at", "closed_at")


@admin.register(Card)
class CardAdmin(ProductAdmin):
    personal = ("last_digits",)
    list_display = ("card_id", "applicant", "account", "masked_last_digits", "status", "opened_at", "closed_at")
