"""Who calls: a client application by its key, or a member of staff by session. The actor comes from here alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.request import Request

from workflow.api.correlation import correlation_id_of
from workflow.api.idempotency import idempotency_key_of
from workflow.core.machine import Actor
from workflow.models import ApiKey


@dataclass(frozen=True)
class Credential:
    """`ident` is the stable name under which calls are counted and idempotency keys are kept."""

    ident: str
    name: str
    actor: Actor
    scopes: frozenset[str] = frozenset()

    @classmethod
    def of_key(cls, key: ApiKey) -> Credential:
        return cls(f"client:{key.name}", key.name, Actor.USER, frozenset(key.scopes))

    @classmethod
    def of_staff(cls, user: AbstractBaseUser) -> Credential:
        return cls(f"staff:{user.pk}", user.get_username(), Actor.STAFF)

    @property
    def actor_id(self) -> str:
        """Who it was, as the history keeps it: a member of staff by name, a client application as such."""
        return self.ident if self.is_client else self.name

    @property
    def is_client(self) -> bool:
        return self.actor is Actor.USER


class ClientApplication:
    """What REST framework calls the user of a request that a key made. It has no permissions, only scopes."""

    is_authenticated = True
    is_active = True
    is_staff = False
    is_anonymous = False

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def has_perm(self, permission: str) -> bool:
        return False


def credential_of(request: Request) -> Credential:
    """The credential of an authenticated call."""
    credential = request.auth
    assert isinstance(credential, Credential)
    return credential


def asked_by(request: Request) -> dict[str, Any]:
    """What every verb of the front door wants to know of a call, ready to be passed on."""
    credential = credential_of(request)
    return {
        "actor": credential.actor,
        "actor_id": credential.actor_id,
        "idempotency_key": idempotency_key_of(request),
        "scope": credential.ident,
        "correlation_id": correlation_id_of(request),
    }
