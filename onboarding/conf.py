"""The settings of onboarding, each with its default. They are read when they are needed, never kept.

ONBOARDING_DEFAULT_VERSION   the version of the machine that new starts get: 1 screens first, 2 provisions first
ONBOARDING_EMAIL_LOGIC       the e-mail rule that new starts are pinned to (1 or 2); read once per process
ONBOARDING_OTP_KEY           the secret that codes are derived with; `ONBOARDING_OTP_KEY` has no default
ONBOARDING_ACCOUNT_CURRENCY  the ISO 4217 currency of new accounts
PUBLIC_URL                   where providers reach us
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

WORKFLOW = "onboarding"
DEFAULT_VERSION = 1
EMAIL_LOGIC_LATEST = 2
ACCOUNT_CURRENCY = "EUR"
EKYC_WEBHOOK_PATH = "/api/webhooks/ekyc"


def default_version() -> int:
    """Which machine a new start gets."""
    return int(getattr(settings, "ONBOARDING_DEFAULT_VERSION", DEFAULT_VERSION))


def email_logic() -> int:
    """Which e-mail rule the instances of this process's deployment are started with."""
    return int(getattr(settings, "ONBOARDING_EMAIL_LOGIC", EMAIL_LOGIC_LATEST))


def otp_key() -> bytes:
    """The key that one-time codes are derived with."""
    key = getattr(settings, "ONBOARDING_OTP_KEY", "")
    if not key:
        raise ImproperlyConfigured("ONBOARDING_OTP_KEY is not set; one-time codes cannot be made without it.")
    return str(key).encode()


def account_currency() -> str:
    """The currency of new accounts."""
    return str(getattr(settings, "ONBOARDING_ACCOUNT_CURRENCY", ACCOUNT_CURRENCY))


def ekyc_callback_url() -> str:
    """Where the identity provider tells its decisions."""
    return f"{str(settings.PUBLIC_URL).rstrip('/')}{EKYC_WEBHOOK_PATH}"
