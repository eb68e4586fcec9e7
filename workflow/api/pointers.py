"""Which part of a body is wrong: every kind of error list as JSON pointers (RFC 6901), codes and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def pointed(detail: Any, pointer: str = "#") -> list[dict[str, str]]:
    """REST framework's nested errors as a flat list."""
    if isinstance(detail, Mapping):
        return [entry for name, inner in detail.items() for entry in pointed(inner, member(pointer, str(name)))]
    if isinstance(detail, list | tuple):
        nested = any(isinstance(inner, Mapping | list | tuple) for inner in detail)
        places = [member(pointer, str(index)) if nested else pointer for index in range(len(detail))]
        return [entry for place, inner in zip(places, detail, strict=True) for entry in pointed(inner, place)]
    return [{"pointer": pointer, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]


def placed(errors: Iterable[Mapping[str, Any]], *, below: str) -> list[dict[str, Any]]:
    """Errors of the domain, {field, code, message}, as pointers below a part of the body; others as they are."""
    return [dict(error) if "pointer" in error else _placed(error, below) for error in errors]


def _placed(error: Mapping[str, Any], base: str) -> dict[str, Any]:
    pointer = base
    for name in str(error.get("field", "")).split("."):
        pointer = member(pointer, name) if name else pointer
    return {"pointer": pointer, "code": error.get("code", "invalid"), "detail": error.get("message", "")}


def member(pointer: str, name: str) -> str:
    """The pointer to a member; what concerns the whole stays where it is."""
    if name == "non_field_errors":
        return pointer
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
