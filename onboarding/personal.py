"""Which values are personal, and how they are shown to those who have no right to them.

The workflow's own rows hold identifiers, verdicts and dates; names, addresses, numbers and codes stay in onboarding's
rows. `PERSONAL_FIELDS` names every key, in either spelling, whose value a screen masks wherever it turns up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MASK = "•••"
SHOWN_LENGTH_MIN = 5

PERSONAL_FIELDS = frozenset(
    {
        "phone_number",
        "phoneNumber",
        "first_name",
        "firstName",
        "last_name",
        "lastName",
        "date_of_birth",
        "dateOfBirth",
        "nationality",
        "street",
        "postal_code",
        "postalCode",
        "city",
        "country",
        "email",
        "otp",
        "seal",
        "file",
        "sha256",
    }
)


def mask(value: object) -> str:
    """The first character of a longer text, so that two can be told apart; of a shorter one nothing."""
    text = "" if value is None else str(value)
    if not text:
        return ""
    return f"{text[0]}{MASK}" if len(text) >= SHOWN_LENGTH_MIN else MASK


def mask_ending(value: object, shown: int = 2) -> str:
    """Only the last characters: what is printed on receipts and read out on the phone."""
    text = "" if value is None else str(value)
    return f"{MASK}{text[-shown:]}" if len(text) >= shown + SHOWN_LENGTH_MIN else MASK if text else ""


def masked(values: Any) -> Any:
    """The same structure, with every personal value masked."""
    if isinstance(values, Mapping):
        return {k: mask(v) if k in PERSONAL_FIELDS and v else masked(v) for k, v in values.items()}
    if isinstance(values, list):
        return [masked(value) for value in values]
    return values
