"""Where an onboarding stands and what can be asked of it. The machines in `workflows.py` say which leads where."""

from __future__ import annotations

from django.db.models import TextChoices


class State(TextChoices):
    """Every state of both machines; the applicant's status follows them."""

    PHONE_ENTERED = "PHONE_ENTERED"  # a code is on its way to the phone; nothing is proven yet
    OTP_VERIFIED = "OTP_VERIFIED"  # the phone is the customer's
    PROFILE_COMPLETED = "PROFILE_COMPLETED"  # who they say they are is known and well-formed
    DOC_UPLOADED = "DOC_UPLOADED"  # a readable document is there; the customer may still exchange it
    EKYC_PENDING = "EKYC_PENDING"  # the identity provider has everything and decides
    EKYC_APPROVED = "EKYC_APPROVED"  # they are who they say
    AML_PENDING = "AML_PENDING"  # screened against sanctions; a doubtful likeness waits for staff
    AML_CLEARED = "AML_CLEARED"  # not on a list
    ACCOUNT_CREATED = "ACCOUNT_CREATED"  # the bank keeps an account
    WALLET_CREATED = "WALLET_CREATED"  # and a wallet on it
    CARD_ACTIVATED = "CARD_ACTIVATED"  # and a card that pays
    COMPLETED = "COMPLETED"  # a customer
    EKYC_REJECTED = "EKYC_REJECTED"  # end: not who they say, or the document does not do
    AML_REJECTED = "AML_REJECTED"  # end: sanctioned; whatever was provisioned is undone
    EXPIRED = "EXPIRED"  # end: somebody was waited for longer than the state allows


class Action(TextChoices):
    """Every action that somebody can ask for."""

    NEXT = "NEXT"  # USER: the next thing this state asks of the customer (code, profile, submission)
    RESEND_OTP = "RESEND_OTP"  # USER: another code
    UPLOAD_DOCUMENT = "UPLOAD_DOCUMENT"  # USER: a stored document belongs to this application
    EKYC_APPROVE = "EKYC_APPROVE"  # PROVIDER: the identity is confirmed
    EKYC_REJECT = "EKYC_REJECT"  # PROVIDER: it is not
    AML_CLEAR = "AML_CLEAR"  # STAFF: the likeness is a coincidence
    AML_REJECT = "AML_REJECT"  # STAFF: it is the listed person
