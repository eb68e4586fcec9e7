"""The two onboarding machines. Read the tables: who may ask for what in which state, and what happens on the way.

Version 1 screens first and opens an account for whom the lists clear. Version 2 provisions first and takes everything
back from whom the lists reject. Both run side by side; `ONBOARDING_DEFAULT_VERSION` says which one a new start gets.
"""

from __future__ import annotations

from datetime import timedelta

from onboarding import conf
from onboarding.email_rules import CHANGE
from onboarding.messages import OnboardingInput
from onboarding.states import Action, State
from onboarding.steps.banking import activate_card, create_account, create_wallet
from onboarding.steps.documents import take_document
from onboarding.steps.identity import approve_identity, reject_identity, submit
from onboarding.steps.phone import no_code_sent, resend_code, send_first_code, verify_code
from onboarding.steps.profile import complete_profile
from onboarding.steps.progress import complete, expire
from onboarding.steps.screening import (
    clear,
    clear_by_staff,
    is_clear,
    is_hit,
    reject,
    reject_by_staff,
    screen_applicant,
)
from workflow import Actor, Machine, Transition

PHONE_LIMIT = timedelta(minutes=30)
PROFILE_LIMIT = timedelta(hours=24)
DOCUMENT_LIMIT = timedelta(days=7)
EKYC_LIMIT = timedelta(hours=24)
REVIEW_LIMIT = timedelta(days=14)

IDENTIFICATION = [
    Transition(State.PHONE_ENTERED, auto=True, to=State.PHONE_ENTERED, guard=no_code_sent, do=send_first_code),
    Transition(State.PHONE_ENTERED, Action.NEXT, State.OTP_VERIFIED, do=verify_code),
    Transition(State.PHONE_ENTERED, Action.RESEND_OTP, State.PHONE_ENTERED, do=resend_code),
    Transition(State.PHONE_ENTERED, after=PHONE_LIMIT, to=State.EXPIRED, do=expire),
    Transition(State.OTP_VERIFIED, Action.NEXT, State.PROFILE_COMPLETED, do=complete_profile),
    Transition(State.OTP_VERIFIED, after=PROFILE_LIMIT, to=State.EXPIRED, do=expire),
    Transition(State.PROFILE_COMPLETED, Action.UPLOAD_DOCUMENT, State.DOC_UPLOADED, do=take_document),
    Transition(State.PROFILE_COMPLETED, after=DOCUMENT_LIMIT, to=State.EXPIRED, do=expire),
    Transition(State.DOC_UPLOADED, Action.UPLOAD_DOCUMENT, State.DOC_UPLOADED, do=take_document),
    Transition(State.DOC_UPLOADED, Action.NEXT, State.EKYC_PENDING, do=submit, background=True),
    Transition(State.DOC_UPLOADED, after=DOCUMENT_LIMIT, to=State.EXPIRED, do=expire),
    Transition(
        State.EKYC_PENDING, Action.EKYC_APPROVE, State.EKYC_APPROVED, actors={Actor.PROVIDER}, do=approve_identity
    ),
    Transition(
        State.EKYC_PENDING, Action.EKYC_REJECT, State.EKYC_REJECTED, actors={Actor.PROVIDER}, do=reject_identity
    ),
    Transition(State.EKYC_PENDING, after=EKYC_LIMIT, to=State.EXPIRED, do=expire),
]
"""From a phone number to a confirmed person: the same in both versions."""

SCREENED = [
    Transition(State.AML_PENDING, auto=True, to=State.AML_CLEARED, guard=is_clear, do=clear),
    Transition(State.AML_PENDING, auto=True, to=State.AML_REJECTED, guard=is_hit, do=reject),
    Transition(State.AML_PENDING, Action.AML_CLEAR, State.AML_CLEARED, actors={Actor.STAFF}, do=clear_by_staff),
    Transition(State.AML_PENDING, Action.AML_REJECT, State.AML_REJECTED, actors={Actor.STAFF}, do=reject_by_staff),
    Transition(State.AML_PENDING, after=REVIEW_LIMIT, to=State.EXPIRED, do=expire),
]
"""What follows from a screening: the lists decide, or staff where they are in doubt."""


def one_per_user(request: OnboardingInput) -> str:
    """The business key: at most one live onboarding per user of a client."""
    return f"onboarding:{request.client}:{request.user_id}"


class Onboarding(Machine, abstract=True):
    """What the versions share."""

    name = conf.WORKFLOW
    initial = State.PHONE_ENTERED
    input = OnboardingInput
    rejecting = frozenset({State.EKYC_REJECTED, State.AML_REJECTED})
    changes = {CHANGE: conf.email_logic()}

    business_key = staticmethod(one_per_user)  # type: ignore[assignment]  # mypy takes the base's for a method


class OnboardingV1(Onboarding):
    """Screening first."""

    version = 1
    transitions = [
        *IDENTIFICATION,
        Transition(State.EKYC_APPROVED, auto=True, to=State.AML_PENDING, step=screen_applicant),
        *SCREENED,
        Transition(State.AML_CLEARED, auto=True, to=State.ACCOUNT_CREATED, step=create_account, background=True),
        Transition(State.ACCOUNT_CREATED, auto=True, to=State.COMPLETED, do=complete),
    ]


class OnboardingV2(Onboarding):
    """Provisioning first; a rejection, an expiry or a cancel takes card, wallet and account back, in this order."""

    version = 2
    transitions = [
        *IDENTIFICATION,
        Transition(State.EKYC_APPROVED, auto=True, to=State.ACCOUNT_CREATED, step=create_account, background=True),
        Transition(State.ACCOUNT_CREATED, auto=True, to=State.WALLET_CREATED, step=create_wallet, background=True),
        Transition(State.WALLET_CREATED, auto=True, to=State.CARD_ACTIVATED, step=activate_card, background=True),
        Transition(State.CARD_ACTIVATED, auto=True, to=State.AML_PENDING, step=screen_applicant),
        *SCREENED,
        Transition(State.AML_CLEARED, auto=True, to=State.COMPLETED, do=complete),
    ]
