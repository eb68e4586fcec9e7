"""The admin of onboarding's rows: to be read only, with personal values masked for those without the right to them."""

from onboarding.admin import workflow_hooks
from onboarding.admin.applicants import ApplicantAdmin, ProfileAdmin
from onboarding.admin.checks import DocumentAdmin, IdentityCheckAdmin, ScreeningAdmin
from onboarding.admin.lists import SanctionsEntryAdmin, SanctionsListAdmin
from onboarding.admin.products import AccountAdmin, CardAdmin, WalletAdmin

__all__ = [
    "AccountAdmin",
    "ApplicantAdmin",
    "CardAdmin",
    "DocumentAdmin",
    "IdentityCheckAdmin",
    "ProfileAdmin",
    "SanctionsEntryAdmin",
    "SanctionsListAdmin",
    "ScreeningAdmin",
    "WalletAdmin",
    "workflow_hooks",
]
