"""API keys: a random secret, kept as its SHA-256 (the secret has 256 bits, so there is nothing to guess), compared in
constant time. The prefix is what a person recognises; the name is the client application and outlives its keys."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Func, Q

from workflow.core.errors import WorkflowError
from workflow.models import ApiKey

MARK = "sf_"
PREFIX_LENGTH = 11  # the mark and eight characters
FORM = re.compile(r"sf_[A-Za-z0-9_-]{32,120}")
NAME_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
USE_NOTED_EVERY = timedelta(minutes=1)
NOW = Func(function="workflow_now", output_field=DateTimeField())


class InvalidKey(WorkflowError):
    """A name, scope or given key that cannot be used."""

    code = "invalid-key"


def create_key(name: str, scopes: Collection[str], key: str | None = None) -> str:
    """Make the key of a client application and return it: this is the only time that anybody sees it.

    `key` brings one along (a demo's, another system's): `sf_` and at least 32 characters of [A-Za-z0-9_-]. Bringing the
    same key under the same name again changes nothing.
    """
    if not NAME_FORM.fullmatch(name):
        raise InvalidKey(f"{name!r} cannot name a key: letters, digits, '.', '_', '-'; at most 64.")
    if not scopes:
        raise InvalidKey("A key without a scope opens nothing; name at least one.")
    plain = key or new_secret()
    _check_form(plain)
    try:
        with transaction.atomic():
            ApiKey.objects.create(name=name, scopes=sorted(set(scopes)), created_at=NOW, **_kept(plain))
    except IntegrityError as error:
        if key is None or not ApiKey.objects.filter(name=name, revoked_at=None, **_kept(key)).exists():
            raise InvalidKey(f"There is a key named {name} (or one that begins the same) already.") from error
    return plain


def rotate_key(name: str, key: str | None = None) -> str:
    """Give the client application a new secret; the old one stops at once, and a revocation ends."""
    plain = key or new_secret()
    _check_form(plain)
    if not ApiKey.objects.filter(name=name).update(revoked_at=None, **_kept(plain)):
        raise InvalidKey(f"There is no key named {name}.")
    return plain


def revoke_key(name: str) -> None:
    """From now on the key opens nothing. Revoking again changes nothing."""
    if not ApiKey.objects.filter(name=name).exists():
        raise InvalidKey(f"There is no key named {name}.")
    ApiKey.objects.filter(name=name, revoked_at=None).update(revoked_at=NOW)


def find_key(plain: str) -> ApiKey | None:
    """The live key that this secret belongs to; notes its use, once a minute at most."""
    if not FORM.fullmatch(plain):
        return None
    found = ApiKey.objects.filter(prefix=plain[:PREFIX_LENGTH]).first()
    fits = hmac.compare_digest(hashed(plain), found.key_hash if found else hashed(""))
    if found is None or not fits or found.revoked_at is not None:
        return None
    ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=NOW - USE_NOTED_EVERY), pk=found.pk).update(
        last_used_at=NOW
    )
    return found


def hashed(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def new_secret() -> str:
    return MARK + secrets.token_urlsafe(32)


def _kept(plain: str) -> dict[str, str]:
    return {"prefix": plain[:PREFIX_LENGTH], "key_hash": hashed(plain)}


def _check_form(plain: str) -> None:
    if not FORM.fullmatch(plain):
        raise InvalidKey("A key is sf_ and 32 to 120 characters of letters, digits, '_' and '-'.")
