"""OFAC's SDN.CSV: twelve columns without a header, `-0-` for nothing, and what we need of a person in the remarks.

36216,"DRAKMOOR, Viktor Ansgar","individual","SDGT",-0- ,...,"DOB 12 Jul 1962; nationality Ruritania; a.k.a. 'X'."
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from onboarding.countries import country_code
from onboarding.sanctions.formats.lines import refuse
from onboarding.sanctions.formats.listed import ListedPerson, Remainder

COLUMNS = 12
ENT_NUM, NAME, TYPE, PROGRAM, REMARKS = 0, 1, 2, 3, 11
INDIVIDUAL = "individual"
NOTHING = "-0-"
RANGE_YEARS_MAX = 20
DATE_FORMS = (("%d %b %Y", "%Y-%m-%d"), ("%b %Y", "%Y-%m"), ("%Y", "%Y"))
YEARS = re.compile(r"^(\d{4})\s*(?:to|-)\s*(\d{4})$")
ALIAS = re.compile(r"a\.k\.a\. '([^']+)'")


def is_ofac(first_row: list[str]) -> bool:
    """Whether a file that begins like this is an SDN.CSV."""
    return len(first_row) == COLUMNS and first_row[ENT_NUM].strip().isdecimal()


def persons(rows: Iterable[tuple[int, list[str]]], remainder: Remainder) -> Iterator[tuple[int, ListedPerson]]:
    """The individuals, each with its line number. Raises SanctionsFileError for a line that is not in this format."""
    for line_number, row in rows:
        if len(row) != COLUMNS:
            raise refuse(line_number, f"{len(row)} columns where an SDN.CSV has {COLUMNS}.")
        cells = ["" if cell.strip() == NOTHING else cell.strip() for cell in row]
        if not cells[ENT_NUM].isdecimal() or not cells[NAME]:
            raise refuse(line_number, "an SDN.CSV has a number and a name in its first two columns.")
        if cells[TYPE].casefold() != INDIVIDUAL:
            remainder.note("not a person")
            continue
        yield line_number, _person(cells, remainder)


def _person(cells: list[str], remainder: Remainder) -> ListedPerson:
    facts = [fact.strip().removeprefix("alt. ") for fact in cells[REMARKS].rstrip(". ").split(";")]
    births = [fact.removeprefix("DOB ") for fact in facts if fact.startswith("DOB ")]
    countries = [fact.partition(" ")[2] for fact in facts if fact.startswith(("nationality ", "citizen "))]
    return ListedPerson(
        source_id=cells[ENT_NUM],
        name=cells[NAME],
        aliases=tuple(ALIAS.findall(cells[REMARKS])),
        birth_dates=tuple(dict.fromkeys(date for birth in births for date in birth_dates(birth, remainder))),
        nationalities=tuple(dict.fromkeys(code for name in countries for code in _codes(name, remainder))),
        program=cells[PROGRAM],
    )


def birth_dates(text: str, remainder: Remainder) -> list[str]:
    """`12 Jul 1962`, `Jul 1962`, `circa 1962`, `1962 to 1964` in ISO form; a range is each of its years."""
    plain = text.removeprefix("circa ").strip()
    years = YEARS.match(plain)
    if years is not None:
        first, last = int(years[1]), int(years[2])
        if 0 <= last - first <= RANGE_YEARS_MAX:
            return [str(year) for year in range(first, last + 1)]
    for form, iso in DATE_FORMS:
        try:
            return [datetime.strptime(plain, form).strftime(iso)]  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    remainder.note("birth date not understood")
    return []


def _codes(name: str, remainder: Remainder) -> list[str]:
    code = country_code(name)
    if code is None:
        remainder.note("country not understood")
        return []
    return [code]
