"""Everything that writes onboarding's rows; nothing else does.

From outside: `start_onboarding`, `act`, `upload_document`, `receive_identity_decision`, `decide_review`,
`load_sanctions`. The others are for the workflow's steps, which call them inside their transaction, or after a
provider's answer.
"""

from onboarding.services.applications import ensure_application, move_applicant, open_application
from onboarding.services.asking import act, decide_review, receive_identity_decision, upload_document
from onboarding.services.codes import issue_code, try_code
from onboarding.services.documents import attach_document, store_document
from onboarding.services.identity import record_check, record_identity_decision
from onboarding.services.lists import LoadReport, load_sanctions
from onboarding.services.products import (
    close_account,
    close_card,
    close_wallet,
    record_account,
    record_card,
    record_wallet,
)
from onboarding.services.profiles import accept_profile, store_profile
from onboarding.services.screenings import record_review, screen_application
from onboarding.services.starting import start_onboarding

__all__ = [
    "LoadReport",
    "accept_profile",
    "act",
    "attach_document",
    "close_account",
    "close_card",
    "close_wallet",
    "decide_review",
    "ensure_application",
    "issue_code",
    "load_sanctions",
    "move_applicant",
    "open_application",
    "receive_identity_decision",
    "record_account",
    "record_card",
    "record_check",
    "record_identity_decision",
    "record_review",
    "record_wallet",
    "screen_application",
    "start_onboarding",
    "store_document",
    "store_profile",
    "try_code",
    "upload_document",
]
