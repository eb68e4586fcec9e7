"""One-time codes without stored codes: a code is an HMAC of instance and nonce, made again to send and to check.

What a customer typed never enters a history either. The service that takes it compares it at once and hands on a
*seal*: an HMAC that only the holder of the key can make, saying that the right code for this nonce was given. A wrong
code has the empty seal. The workflow counts the try durably and accepts the seal or does not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

CODE_DIGITS = 6
NONCE_BYTES = 16
TRIES_MAX = 5
RESENDS_MAX = 3
CODES_MAX = 1 + RESENDS_MAX
LIFETIME = timedelta(minutes=5)
WRONG = ""


def new_nonce() -> str:
    """A random value that says nothing without the key."""
    return secrets.token_hex(NONCE_BYTES)


def code_for(key: bytes, instance_id: str, nonce: str) -> str:
    """The code, as the customer reads it."""
    digest = _hmac(key, "code", instance_id, nonce)
    return str(int.from_bytes(digest, "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def seal_for(key: bytes, instance_id: str, nonce: str) -> str:
    """The statement that the right code was given."""
    return _hmac(key, "seal", instance_id, nonce).hex()


def seal(key: bytes, instance_id: str, nonce: str, given_code: str) -> str:
    """What a given code is worth: the seal, or nothing. Compared in constant time."""
    expected = code_for(key, instance_id, nonce)
    is_right = hmac.compare_digest(expected.encode(), given_code.encode())
    return seal_for(key, instance_id, nonce) if is_right else WRONG


def is_seal(key: bytes, instance_id: str, nonce: str, given_seal: str) -> bool:
    """Whether a seal is the one for this nonce. Compared in constant time."""
    return hmac.compare_digest(seal_for(key, instance_id, nonce).encode(), given_seal.encode())


def _hmac(key: bytes, purpose: str, instance_id: str, nonce: str) -> bytes:
    return hmac.new(key, f"{purpose}:{instance_id}:{nonce}".encode(), hashlib.sha256).digest()
