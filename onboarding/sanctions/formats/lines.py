"""Reading a file line by line, so that a list of any size is never in memory whole, and an error names its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from onboarding.errors import SanctionsFileError

END_OF_FILE_MARK = "\x1a"


def refuse(line_number: int, what: str) -> SanctionsFileError:
    """The error for a line."""
    return SanctionsFileError(f"Line {line_number}: {what}", line=line_number)


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The CSV rows, each with the number of its last line. Raises SanctionsFileError."""
    with path.open("rb") as file:
        reader = csv.reader(_decoded(file), strict=True)
        try:
            for row in reader:
                if row and row != [END_OF_FILE_MARK]:
                    yield reader.line_num, row
        except csv.Error as error:
            raise refuse(reader.line_num, f"this is no CSV ({error}).") from error


def _decoded(file: Iterator[bytes]) -> Iterator[str]:
    for number, raw in enumerate(file, start=1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise refuse(number, "this is not UTF-8.") from error
        if "\x00" in line:
            raise refuse(number, "this holds a NUL character.")
        yield line
