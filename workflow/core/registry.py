"""The definitions of this process by (name, version). Applications register by importing their `workflows` modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workflow.core.definition import Definition
from workflow.core.errors import DefinitionError, UnknownDefinition


class Registry:
    def __init__(self) -> None:
        self._definitions: dict[tuple[str, int], Definition[Any, Any]] = {}

    def register(self, definition: Definition[Any, Any]) -> None:
        present = self._definitions.get(definition.key)
        if present is not None and present.source != definition.source:
            raise DefinitionError(
                f"{definition.name} version {definition.version} is registered twice: {present.source} and "
                f"{definition.source}. Give one of them another version.",
                check_id="workflow.E007",
            )
        self._definitions[definition.key] = definition

    def get(self, name: str, version: int) -> Definition[Any, Any]:
        try:
            return self._definitions[(name, version)]
        except KeyError:
            known = ", ".join(f"{n} v{v}" for n, v in sorted(self._definitions)) or "none"
            raise UnknownDefinition(
                f"No workflow {name} version {version} is registered here. Known: {known}."
            ) from None

    def latest(self, name: str) -> Definition[Any, Any]:
        versions = [version for known, version in self._definitions if known == name]
        return self.get(name, max(versions, default=0))

    def __iter__(self) -> Iterator[Definition[Any, Any]]:
        return iter(sorted(self._definitions.values(), key=lambda d: d.key))

    @contextmanager
    def isolated(self, *definitions: Definition[Any, Any]) -> Iterator[Registry]:
        """For tests: inside, only these definitions are known; afterwards what was known before."""
        before = dict(self._definitions)
        self._definitions = {definition.key: definition for definition in definitions}
        try:
            yield self
        finally:
            self._definitions = before


registry = Registry()
