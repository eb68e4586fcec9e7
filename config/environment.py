"""Reads the environment, typed, with an error that names the variable; the settings read nothing else."""

import os
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str) -> str:
    """The variable, or `default` where it is absent or empty."""
    return os.environ.get(name) or default


def names(name: str, default: str) -> list[str]:
    """A comma-separated list without empty entries."""
    return [entry.strip() for entry in text(name, default).split(",") if entry.strip()]


def integer(name: str, default: int) -> int:
    """A whole number."""
    return int(number(name, default, int))


def flag(name: str, *, default: bool) -> bool:
    """A yes or a no; any other word is an error, never a silent no."""
    word = text(name, "yes" if default else "no").lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ImproperlyConfigured(f"{name} is {word!r}; say 1 or 0.")
    return word in TRUE_WORDS


def number(name: str, default: float, kind: type[int] | type[float]) -> float:
    """A number of the given kind."""
    word = text(name, str(default))
    try:
        return kind(word)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {word!r}; it takes a number.") from error


def secret(name: str, *, development: bool) -> str:
    """A secret has no default, except in development, where it protects nothing."""
    word = os.environ.get(name, "")
    if not word and not development:
        raise ImproperlyConfigured(f"{name} is not set. `make run` makes one under var/; a deployment brings its own.")
    return word or f"{name.lower()}-for-development-only-which-protects-nothing-at-all"


def given(kinds: Mapping[str, type[int] | type[float] | type[bool]]) -> dict[str, int | float | bool]:
    """Those of the named variables that the environment sets; the others keep the default of the code behind them."""
    found: dict[str, int | float | bool] = {}
    for name, kind in kinds.items():
        if os.environ.get(name):
            found[name] = flag(name, default=False) if kind is bool else number(name, 0, int if kind is int else float)
    return found
