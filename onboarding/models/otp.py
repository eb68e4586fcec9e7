"""onboarding_otp_challenge: a code that was sent. Neither the code nor a hash of it is kept: a nonce, and a count."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from onboarding.models.applicant import Applicant
from onboarding.models.versioned import Versioned
from onboarding.otp import CODES_MAX, TRIES_MAX


class OtpChallenge(Versioned):
    id = models.BigAutoField(primary_key=True)
    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="otp_challenges")
    number = models.PositiveSmallIntegerField()  # 1 for the first code; the latest is the only one that counts
    nonce = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "onboarding_otp_challenge"
        ordering = ("applicant", "number")
        constraints = (
            # Codes are numbered without doubt which one is the latest.
            models.UniqueConstraint(fields=("applicant", "number"), name="onboarding_otp_one_per_number"),
            # A phone gets a few messages, not a flood.
            models.CheckConstraint(
                name="onboarding_otp_limited_codes", condition=Q(number__gte=1, number__lte=CODES_MAX)
            ),
            # A code is tried five times, through every crash.
            models.CheckConstraint(name="onboarding_otp_limited_tries", condition=Q(tries__lte=TRIES_MAX)),
            # A code ends.
            models.CheckConstraint(name="onboarding_otp_expires", condition=Q(expires_at__gt=F("issued_at"))),
        )

    def __str__(self) -> str:
        return f"Code {self.number} of {self.applicant_id}"
