"""The rows of onboarding. `services` alone write them, `selectors` read them."""

from onboarding.models.applicant import Applicant
from onboarding.models.banking import Account, Card, ProductStatus, Wallet
from onboarding.models.document import Document, DocumentKind, DocumentStatus
from onboarding.models.identity import CheckStatus, IdentityCheck
from onboarding.models.otp import OtpChallenge
from onboarding.models.profile import Profile
from onboarding.models.sanctions import SanctionsEntry, SanctionsList, SanctionsSource
from onboarding.models.screening import Screening, Verdict
from onboarding.models.versioned import StaleRow, Versioned

__all__ = [
    "Account",
    "Applicant",
    "Card",
    "CheckStatus",
    "Document",
    "DocumentKind",
    "DocumentStatus",
    "IdentityCheck",
    "OtpChallenge",
    "ProductStatus",
    "Profile",
    "SanctionsEntry",
    "SanctionsList",
    "SanctionsSource",
    "Screening",
    "StaleRow",
    "Verdict",
    "Versioned",
    "Wallet",
]
