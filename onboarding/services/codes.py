"""One-time codes: issued a few times, tried a few times, counted so that no crash forgets a try."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from onboarding import conf, otp
from onboarding.models import Applicant, OtpChallenge
from onboarding.services.applications import move_applicant
from onboarding.states import State


class IssuedCode(BaseModel):
    """A code that may be sent; `number` counts from 1."""

    number: int
    expires_at: datetime


class TryOutcome(StrEnum):
    """What became of a try."""

    VERIFIED = "VERIFIED"  # right, in time, within five tries
    WRONG = "WRONG"  # not the code
    EXPIRED = "EXPIRED"  # too late
    SUPERSEDED = "SUPERSEDED"  # a later code counts, or none was sent yet
    EXHAUSTED = "EXHAUSTED"  # five tries were made already


class CodeTry(BaseModel):
    """A counted try."""

    outcome: TryOutcome
    tries_left: int


def issue_code(*, instance_id: str, nonce: str, at: datetime) -> IssuedCode | None:
    """Another code for an application, or None if it has had all of them. Only the latest counts."""
    number = OtpChallenge.objects.filter(applicant_id=instance_id).count() + 1
    if number > otp.CODES_MAX:
        return None
    challenge = OtpChallenge.objects.create(
        applicant_id=instance_id, number=number, nonce=nonce, issued_at=at, expires_at=at + otp.LIFETIME
    )
    return IssuedCode(number=challenge.number, expires_at=challenge.expires_at)


def try_code(*, instance_id: str, number: int, seal: str, at: datetime) -> CodeTry:
    """Count a try of the latest code and judge it; the right one moves the application on."""
    latest = OtpChallenge.objects.filter(applicant_id=instance_id).order_by("-number").first()
    if latest is None or latest.number != number:
        return CodeTry(outcome=TryOutcome.SUPERSEDED, tries_left=otp.TRIES_MAX if latest is None else _left(latest))
    if at >= latest.expires_at:
        return CodeTry(outcome=TryOutcome.EXPIRED, tries_left=0)
    if not _left(latest):
        return CodeTry(outcome=TryOutcome.EXHAUSTED, tries_left=0)
    latest.tries += 1
    latest.store("tries")
    if not otp.is_seal(conf.otp_key(), instance_id, latest.nonce, seal):
        return CodeTry(outcome=TryOutcome.WRONG, tries_left=_left(latest))
    move_applicant(Applicant.objects.get(pk=instance_id), State.OTP_VERIFIED)
    return CodeTry(outcome=TryOutcome.VERIFIED, tries_left=_left(latest))


def _left(challenge: OtpChallenge) -> int:
    return otp.TRIES_MAX - challenge.tries
