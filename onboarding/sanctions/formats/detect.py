"""Which format a file is in, by its first line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from onboarding.errors import SanctionsFileError
from onboarding.models import SanctionsSource
from onboarding.sanctions.formats import ofac, opensanctions
from onboarding.sanctions.formats.lines import refuse, rows
from onboarding.sanctions.formats.listed import ListedPerson, Remainder

Reader = Callable[[Iterable[tuple[int, list[str]]], Remainder], Iterator[tuple[int, ListedPerson]]]


@dataclass(frozen=True, slots=True)
class Format:
    """A source and how its files are read."""

    source: SanctionsSource
    read: Reader

    def persons(self, path: Path, remainder: Remainder) -> Iterator[ListedPerson]:
        """Every person of the file, once, with a name that can be compared. Raises SanctionsFileError."""
        seen: dict[str, int] = {}
        for line_number, person in self.read(rows(path), remainder):
            if person.source_id in seen:
                first = seen[person.source_id]
                raise refuse(line_number, f"the entry {person.source_id} stands on line {first} already.")
            if not person.compared_names:
                raise refuse(line_number, "the name has no letter.")
            seen[person.source_id] = line_number
            yield person


def detect_format(path: Path) -> Format:
    """Look at the first line. Raises SanctionsFileError."""
    try:
        first = next(rows(path), None)
    except OSError as error:
        raise SanctionsFileError(f"{path} cannot be read: {error.strerror}.") from error
    if first is None:
        raise SanctionsFileError(f"{path} is empty.")
    if opensanctions.is_opensanctions(first[1]):
        return Format(SanctionsSource.OPENSANCTIONS, opensanctions.persons)
    if ofac.is_ofac(first[1]):
        return Format(SanctionsSource.OFAC_SDN, ofac.persons)
    raise refuse(first[0], "this is neither OFAC's SDN.CSV nor OpenSanctions' targets.simple.csv.")
