"""What the workflow is told: its input and its actions' data. Identifiers, verdicts, seals; never personal data.

A profile and a document are stored first and named here by their id; a code is compared first and told as a seal.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

REASON_LENGTH_MAX = 500


class Told(BaseModel):
    """Exactly the declared fields, nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OnboardingInput(Told):
    """Whose onboarding it is: a user of a client application."""

    client: str = Field(min_length=1, max_length=200)
    user_id: str = Field(min_length=1, max_length=200)


class NoData(Told):
    """The action says everything."""


class OtpEntry(Told):
    """A try: for which code (by its number), and the seal if it was right."""

    challenge: int
    seal: str


class ProfileEntry(Told):
    """A submitted profile."""

    profile_id: UUID


class DocumentEntry(Told):
    """A stored document."""

    document_id: UUID


class IdentityDecision(Told):
    """What the identity provider decided about a check, with its code for a rejection."""

    check_id: str
    reason: str = ""


class ReviewDecision(Told):
    """Why staff decides as it does."""

    reason: str = Field(min_length=1, max_length=REASON_LENGTH_MAX)
