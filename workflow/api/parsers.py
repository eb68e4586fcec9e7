"""JSON bodies: valid, in UTF-8, and storable; anything else is refused before a view sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEPTH_MAX = 32
NUL = "\x00"


class StrictJSONParser(JSONParser):
    """No NaN, no infinity, no lone surrogate (orjson); no NUL, which PostgreSQL cannot keep; no bottomless nesting."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error
        check_storable(body)
        return body


def check_storable(value: Any, depth: int = 0) -> None:
    """Raise ParseError for what JSON allows and the database does not."""
    if depth > DEPTH_MAX:
        raise ParseError(f"The body is nested deeper than {DEPTH_MAX} levels.")
    if isinstance(value, str) and NUL in value:
        raise ParseError("The body holds a NUL character.")
    if isinstance(value, dict):
        for name, inner in value.items():
            check_storable(name, depth + 1)
            check_storable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check_storable(inner, depth + 1)
