"""Values at the boundary: Pydantic in, JSON out, never pickle; at most 256 KB each.

A live value passes through JSON as well, so that code sees on its first run exactly what it will see on replay.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticSerializationError
from typing_extensions import TypedDict

from workflow.core.errors import CodecError, DefinitionError

VALUE_BYTES_MAX = 256 * 1024
_VALUE = re.compile(r"input_value=.*?, (?=input_type=)", re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # escaped by JSON, not by the author


class Codec:
    """Writes and reads values of one declared type."""

    def __init__(self, declared: Any) -> None:
        self.declared = declared
        self._adapter: TypeAdapter[Any] = TypeAdapter(declared)

    def dump(self, value: Any) -> Any:
        """The JSON form (dict, list, str, ...) of a value that fits the declared type; CodecError otherwise."""
        try:
            text = self._adapter.dump_json(value, warnings="error")
        except (PydanticSerializationError, ValueError) as error:
            raise CodecError(f"The value does not fit {self.declared!r}: {_discreet(error)}") from error
        if _NUL.search(text):
            raise CodecError("The value holds a NUL character, which PostgreSQL cannot keep.")
        if len(text) > VALUE_BYTES_MAX:
            raise CodecError(f"The value has {len(text)} bytes; at most {VALUE_BYTES_MAX} are kept: store a reference.")
        if b"null" in text:
            self._readable(text)
        return orjson.loads(text)

    def _readable(self, text: bytes) -> None:
        """A missing value, NaN and infinity are all written as null: what could not be read back is not kept."""
        try:
            self._adapter.validate_json(text)
        except ValidationError as error:
            raise CodecError(f"The value does not fit {self.declared!r}: {_explain(error)}") from error

    def load(self, raw: Any) -> Any:
        """The value for its JSON form; CodecError if it does not fit today's type."""
        try:
            return self._adapter.validate_json(orjson.dumps(raw))
        except ValidationError as error:
            raise CodecError(f"The value does not fit its type: {_explain(error)}") from error
        except orjson.JSONEncodeError as error:
            raise CodecError("The value is no JSON.") from error

    def accept(self, value: Any) -> Any:
        """A value from outside, typed or as JSON, in the declared type; CodecError if it does not fit."""
        try:
            return self._adapter.validate_python(value)
        except ValidationError as error:
            raise CodecError(_explain(error)) from error

    def schema(self) -> dict[str, Any]:
        return self._adapter.json_schema()


def _explain(error: ValidationError) -> str:
    """One line per field; never the offending value, which may be personal."""
    return "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'value'}: {e['msg']}" for e in error.errors())


def _discreet(error: Exception) -> str:
    """What does not fit, without the offending value."""
    return _VALUE.sub("", str(error))


class Parameters:
    """The keyword parameters of a step as one value: what a call is given, recorded and replayed with."""

    def __init__(self, function: Callable[..., Any], skip: int) -> None:
        hints = annotations_of(function)
        accepted = list(inspect.signature(function).parameters.values())[skip:]
        for parameter in accepted:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name not in hints:
                raise DefinitionError(
                    f"{function.__qualname__}: give the parameter {parameter.name} a name and a type.",
                    check_id="workflow.E002",
                )
        self.names = [parameter.name for parameter in accepted]
        self._defaults = {p.name: p.default for p in accepted if p.default is not p.empty}
        fields = {name: hints[name] for name in self.names}
        self._codec = Codec(with_config(ConfigDict(extra="forbid"))(TypedDict("Input", fields)))  # type: ignore[operator]

    def dump(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The JSON object of a call; CodecError for missing, unknown or ill-typed arguments."""
        given = {**self._defaults, **dict(zip(self.names, args, strict=False)), **kwargs}
        if given.keys() != set(self.names) or len(args) > len(self.names):
            raise CodecError(f"The call gives {sorted(given)}; the parameters are {sorted(self.names)}.")
        return self._codec.dump(given)

    def load(self, raw: Any) -> dict[str, Any]:
        loaded: dict[str, Any] = self._codec.load({**self._missing_defaults(raw), **raw})
        return loaded

    def _missing_defaults(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """A parameter added later, with a default, reads histories from before it."""
        return {name: value for name, value in self._defaults.items() if name not in raw}

    def schema(self) -> dict[str, Any]:
        return self._codec.schema()


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise DefinitionError(
            f"{function.__qualname__}: the annotation {error.name} cannot be resolved; import it at module level.",
            check_id="workflow.E002",
        ) from error


def returns_of(function: Callable[..., Any]) -> Codec:
    hints = annotations_of(function)
    if "return" not in hints:
        raise DefinitionError(f"{function.__qualname__}: declare what it returns.", check_id="workflow.E002")
    return Codec(hints["return"])
