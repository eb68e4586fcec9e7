"""Who answers: the adapters that `ONBOARDING_PROVIDERS` chooses.

    ONBOARDING_PROVIDERS = {
        "sms": {"url": ..., "secret": ...},                       # the secret is our bearer token
        "ekyc": {"url": ..., "secret": ..., "headers": {...}},    # the secret signs the webhooks
        "core_banking": {"url": ..., "secret": ...},
        "user_directory": {"adapter": "demo"},                    # or "http", or "none" (as if absent)
    }

An entry may name its `adapter`: "http" (the default), "simulator" (the same wire, spoken to the simulator process), or
the dotted path of a class that is called with `url`, `secret` and `headers`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from pydantic import BaseModel, ConfigDict, ValidationError

from onboarding.providers.directories import DemoUserDirectory, NoUserDirectory
from onboarding.providers.http import HttpCoreBanking, HttpEkycProvider, HttpSmsSender, HttpUserDirectory
from onboarding.providers.ports import CoreBanking, EkycProvider, SmsSender, UserDirectory

ADAPTERS: dict[str, dict[str, Callable[..., object]]] = {
    "sms": {"http": HttpSmsSender, "simulator": HttpSmsSender},
    "ekyc": {"http": HttpEkycProvider, "simulator": HttpEkycProvider},
    "core_banking": {"http": HttpCoreBanking, "simulator": HttpCoreBanking},
    "user_directory": {
        "http": HttpUserDirectory,
        "simulator": HttpUserDirectory,
        "demo": DemoUserDirectory,
        "none": NoUserDirectory,
    },
}
WITHOUT_SERVER = frozenset({"demo", "none"})


class Choice(BaseModel):
    """One entry of the setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: str = "http"
    url: str = ""
    secret: str = ""
    headers: Mapping[str, str] = {}


def sms_sender() -> SmsSender:
    """Who sends our text messages."""
    return cast("SmsSender", _adapter("sms"))


def ekyc_provider() -> EkycProvider:
    """Who checks identities."""
    return cast("EkycProvider", _adapter("ekyc"))


def core_banking() -> CoreBanking:
    """Where accounts, wallets and cards are."""
    return cast("CoreBanking", _adapter("core_banking"))


def user_directory() -> UserDirectory:
    """Who knows the phone numbers of our clients' users."""
    return cast("UserDirectory", _adapter("user_directory"))


def configuration_problems() -> list[str]:
    """A sentence for each port whose adapter cannot be made; for a system check."""
    problems = []
    for port in ADAPTERS:
        try:
            _adapter(port)
        except ImproperlyConfigured as error:
            problems.append(str(error))
    return problems


def _adapter(port: str) -> object:
    choice = _choice(port)
    return _make(port, choice.adapter, choice.url, choice.secret, tuple(sorted(choice.headers.items())))


def _choice(port: str) -> Choice:
    chosen: Mapping[str, Any] = getattr(settings, "ONBOARDING_PROVIDERS", {})
    default = {"adapter": "none"} if port == "user_directory" else {}
    try:
        return Choice.model_validate(chosen.get(port, default))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ImproperlyConfigured(f"ONBOARDING_PROVIDERS[{port!r}]: {wrong}.") from error


@lru_cache(maxsize=32)
def _make(port: str, adapter: str, url: str, secret: str, headers: tuple[tuple[str, str], ...]) -> object:
    """One adapter, with one pool of connections, for each way it is configured."""
    make = ADAPTERS[port].get(adapter)
    if make is None and "." not in adapter:
        known = ", ".join(ADAPTERS[port])
        raise ImproperlyConfigured(f"ONBOARDING_PROVIDERS[{port!r}] has no adapter {adapter!r}; known: {known}.")
    if adapter in WITHOUT_SERVER and make is not None:
        return make()
    if not url.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"ONBOARDING_PROVIDERS[{port!r}] needs a url that begins with http:// or https://.")
    if port == "ekyc" and not secret:
        raise ImproperlyConfigured("ONBOARDING_PROVIDERS['ekyc'] needs the secret that signs its webhooks.")
    try:
        return (make or import_string(adapter))(url=url, secret=secret, headers=dict(headers))
    except ImportError as error:
        raise ImproperlyConfigured(
            f"ONBOARDING_PROVIDERS[{port!r}] names {adapter!r}, which does not import."
        ) from error
