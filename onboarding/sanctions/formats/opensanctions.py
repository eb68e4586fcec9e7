"""OpenSanctions' targets.simple.csv: a header, one entity per row, several values in a cell parted by semicolons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from onboarding.countries import is_country
from onboarding.sanctions.formats.lines import refuse
from onboarding.sanctions.formats.listed import ListedPerson, Remainder

REQUIRED = ("id", "schema", "name", "aliases", "birth_date", "countries")
PERSON = "Person"
ISO_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")


def is_opensanctions(first_row: list[str]) -> bool:
    """Whether a file that begins like this is a targets.simple.csv."""
    return {"id", "schema", "name"} <= set(first_row)


def persons(rows: Iterable[tuple[int, list[str]]], remainder: Remainder) -> Iterator[tuple[int, ListedPerson]]:
    """The persons, each with its line number. Raises SanctionsFileError for a line that is not in this format."""
    header: list[str] = []
    for line_number, row in rows:
        if not header:
            header = _header(line_number, row)
            continue
        if len(row) != len(header):
            raise refuse(line_number, f"{len(row)} columns where the header has {len(header)}.")
        cells = dict(zip(header, row, strict=True))
        if not cells["id"] or not cells["name"].strip():
            raise refuse(line_number, "an entry needs an id and a name.")
        if cells["schema"] != PERSON:
            remainder.note("not a person")
            continue
        yield line_number, _person(cells, remainder)


def _header(line_number: int, row: list[str]) -> list[str]:
    missing = [name for name in REQUIRED if name not in row]
    if missing:
        raise refuse(line_number, f"the header lacks {', '.join(missing)}.")
    return row


def _person(cells: dict[str, str], remainder: Remainder) -> ListedPerson:
    return ListedPerson(
        source_id=cells["id"],
        name=cells["name"].strip(),
        aliases=tuple(_values(cells["aliases"])),
        birth_dates=tuple(_dates(cells["birth_date"], remainder)),
        nationalities=tuple(_countries(cells["countries"], remainder)),
        program=cells.get("program_ids") or cells.get("dataset", ""),
    )


def _values(cell: str) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in cell.split(";") if value.strip()))


def _dates(cell: str, remainder: Remainder) -> Iterator[str]:
    for value in _values(cell):
        if ISO_DATE.match(value):
            yield value
        else:
            remainder.note("birth date not understood")


def _countries(cell: str, remainder: Remainder) -> Iterator[str]:
    for value in map(str.upper, _values(cell)):
        if is_country(value):
            yield value
        else:
            remainder.note("country not understood")
