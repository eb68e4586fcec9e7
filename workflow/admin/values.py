"""Inputs, outputs and messages: shown to those who may see values, with personal data masked for all others."""

from __future__ import annotations

import json
from typing import Any

from workflow.queries.masks import Reader, masked

SEE_VALUES = "workflow.view_workflowevent"
HIDDEN = "hidden: it takes the permission to view workflow events"


class Shown:
    """What one reader may see."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.with_values = reader.has_perm(SEE_VALUES)

    def value(self, value: Any) -> Any:
        """A JSON value with its masks."""
        return masked(value, self.reader)

    def text(self, value: Any) -> str:
        """A JSON value, laid out for reading; empty for none."""
        if value is None:
            return ""
        if not self.with_values:
            return HIDDEN
        return laid_out(self.value(value))

    def words(self, text: str | None) -> str:
        """Free text that code produced, such as a traceback."""
        return (text or "") if self.with_values else HIDDEN if text else ""


def laid_out(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
