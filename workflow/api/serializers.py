"""What every body of the API has in common: camelCase outside, exact types, no unknown field, nothing unstorable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from workflow.api.spelling import camel

TEXT_LENGTH_MAX = 2000


class Text(serializers.CharField):
    """A JSON string: a number is not quietly made into one. Bounded unless a field says otherwise."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", TEXT_LENGTH_MAX)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Camel:
    """Fields are written in snake_case; outside, each is spelled in camelCase."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        spelled = {}
        for name, field in super().get_fields().items():  # type: ignore[misc]
            if camel(name) != name and field.source is None:
                field.source = name
            spelled[camel(name)] = field
        return spelled


class Form(Camel, serializers.Serializer[Any]):
    """A body or query that comes in."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise ValidationError(
                    {name: [ErrorDetail("There is no such field.", code="unknown")] for name in unknown}
                )
        return super().to_internal_value(data)


class Shape(Camel, serializers.Serializer[Any]):
    """A body that goes out."""
