"""What makes an e-mail address acceptable. Two rules live side by side; an instance is pinned to one at its start.

Logic 1 asks for correct syntax (email-validator) and keeps the address as it was typed.
Logic 2 also refuses throw-away domains and addresses of roles instead of persons, and keeps the normalised address
(domain in lower case and in Unicode, local part in NFC), so that one mailbox is one address.
"""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

CHANGE = "email-validation-logic"
SYNTAX_ONLY, PERSONAL_MAILBOX = 1, 2

DISPOSABLE_DOMAINS = frozenset(
    {
        "10minutemail.com",
        "discard.email",
        "dispostable.com",
        "fakeinbox.com",
        "getnada.com",
        "guerrillamail.com",
        "mailinator.com",
        "maildrop.cc",
        "mailnesia.com",
        "mintemail.com",
        "sharklasers.com",
        "temp-mail.org",
        "tempmail.com",
        "throwawaymail.com",
        "trashmail.com",
        "yopmail.com",
    }
)
ROLES = frozenset(
    {
        "abuse",
        "admin",
        "billing",
        "contact",
        "hello",
        "help",
        "hostmaster",
        "info",
        "mailer-daemon",
        "no-reply",
        "noreply",
        "office",
        "postmaster",
        "root",
        "sales",
        "security",
        "support",
        "webmaster",
    }
)


@dataclass(frozen=True, slots=True)
class AcceptedEmail:
    """The address as it is kept."""

    address: str


@dataclass(frozen=True, slots=True)
class RefusedEmail:
    """Why not; `code` is stable."""

    code: str
    message: str


def judge_email(address: str, *, logic: int) -> AcceptedEmail | RefusedEmail:
    """Judge an address by one of the two rules. Nothing is asked of the network."""
    try:
        parsed = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return RefusedEmail("email-syntax", "This is not an e-mail address.")
    if logic == SYNTAX_ONLY:
        return AcceptedEmail(address.strip())
    if parsed.domain.casefold() in DISPOSABLE_DOMAINS:
        return RefusedEmail("email-disposable", "Addresses of throw-away services are not accepted.")
    if parsed.local_part.casefold().partition("+")[0] in ROLES:
        return RefusedEmail("email-role", "Give an address of your own, not one of an office or a role.")
    return AcceptedEmail(parsed.normalized)
