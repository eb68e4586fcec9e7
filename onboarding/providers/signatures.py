"""Signed webhooks: `X-Signature: t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `<seconds>.<raw body>`.

A sender that changes its secret sends one `v1` for each; any that fits will do.
"""

import hashlib
import hmac

from onboarding.providers.errors import SignatureExpired, SignatureMismatch, SignatureMissing

SIGNATURE_WINDOW_SECONDS = 300
SIGNATURE_LENGTH_MAX = 1000


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The hex digest for a body at a time."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def verify(secret: str, signature: str, body: bytes, *, now: float) -> None:
    """Return if the body is what the holder of the secret signed within five minutes of `now`; raise otherwise."""
    timestamp, digests = _parse(signature)
    expected = sign(secret, timestamp, body).encode()
    fits = [hmac.compare_digest(expected, digest.encode()) for digest in digests]
    if not any(fits):
        raise SignatureMismatch("The signature does not fit the body.")
    if abs(now - timestamp) > SIGNATURE_WINDOW_SECONDS:
        raise SignatureExpired(f"Signed {now - timestamp:.0f} s ago; at most {SIGNATURE_WINDOW_SECONDS} s are allowed.")


def _parse(signature: str) -> tuple[int, list[str]]:
    fields = [field.strip().partition("=") for field in signature[:SIGNATURE_LENGTH_MAX].split(",")]
    times = [value for name, _, value in fields if name == "t"]
    digests = [value for name, _, value in fields if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or not digests:
        raise SignatureMissing("X-Signature must be t=<seconds>,v1=<hex>.")
    return int(times[0]), digests
