"""Keys in `Authorization: Bearer` or `X-API-Key` for client applications; sessions for staff."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from workflow.api.credentials import ClientApplication, Credential
from workflow.engine.keys import find_key

SCHEME = "bearer"


class KeyAuthentication(BaseAuthentication):
    """A key that is not good ends the call with 401, whatever session comes with it."""

    def authenticate(self, request: Request) -> tuple[ClientApplication, Credential] | None:
        plain = _key_in(request)
        if plain is None:
            return None
        key = find_key(plain)
        if key is None:
            raise AuthenticationFailed("The API key does not exist or is revoked.")
        return ClientApplication(key.name), Credential.of_key(key)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _key_in(request: Request) -> str | None:
    if "X-API-Key" in request.headers:
        return request.headers["X-API-Key"].strip()
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != SCHEME:
        raise AuthenticationFailed("Authorization takes the scheme Bearer and an API key.")
    return rest.strip()


class StaffAuthentication(SessionAuthentication):
    """The session of an active member of staff, with the CSRF check; anybody else's counts as none."""

    def authenticate(self, request: Request) -> tuple[Any, Credential] | None:
        user = getattr(request._request, "user", None)  # noqa: SLF001  the session's
        if user is None or not user.is_active or not user.is_staff:
            return None
        self.enforce_csrf(request)
        return user, Credential.of_staff(user)
