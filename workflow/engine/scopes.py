"""What API keys can be made for. Whoever asks for a scope declares it beside the views that do."""

from __future__ import annotations

SCOPES: dict[str, str] = {}


def declare_scope(name: str, meaning: str) -> str:
    """Make a scope known; returns its name."""
    SCOPES[name] = meaning
    return name
