"""Loading a sanctions list: read to the end or not at all, and then it is the source's list as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from onboarding.errors import SanctionsFileError
from onboarding.models import SanctionsEntry, SanctionsList, SanctionsSource
from onboarding.sanctions.formats.detect import detect_format
from onboarding.sanctions.formats.listed import ListedPerson, Remainder

BATCH_SIZE = 1000
COLUMNS = ("name", "compared_names", "birth_dates", "nationalities", "program", "list")
ONE_LOAD_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('onboarding_sanctions_list'))"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. `left_out` counts what was no person and what nobody understood."""

    source: SanctionsSource
    entries: int
    removed: int
    changed: bool
    left_out: dict[str, int] = field(default_factory=dict)


def load_sanctions(path: Path) -> LoadReport:
    """Replace the entries of the file's source by those of the file. Loading the same file again changes nothing.
    Raises SanctionsFileError, which names the line, and then nothing was changed either."""
    found, remainder = detect_format(path), Remainder()
    sha256 = _sha256(path)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_LOAD_AT_A_TIME)
        current = SanctionsList.objects.filter(source=found.source).order_by("-id").first()
        if current is not None and current.sha256 == sha256:
            return LoadReport(found.source, current.entries, removed=0, changed=False)
        loaded = _write(found.source, sha256, found.persons(path, remainder))
        removed, _ = SanctionsEntry.objects.filter(source=found.source).exclude(list=loaded).delete()
    return LoadReport(found.source, loaded.entries, removed, changed=True, left_out=dict(remainder.counts))


def _write(source: SanctionsSource, sha256: str, persons: Iterator[ListedPerson]) -> SanctionsList:
    loaded: SanctionsList | None = None
    count = 0
    while batch := list(islice(persons, BATCH_SIZE)):
        loaded = loaded or SanctionsList.objects.create(source=source, sha256=sha256, entries=len(batch))
        count += len(batch)
        _write_batch(loaded, batch)
    if loaded is None:
        raise SanctionsFileError("The file names no person; an empty list would clear everybody.")
    loaded.entries = count
    loaded.save(update_fields=["entries"])
    return loaded


def _write_batch(loaded: SanctionsList, batch: Iterable[ListedPerson]) -> None:
    entries = [
        SanctionsEntry(
            source=loaded.source,
            source_id=person.source_id,
            name=person.name,
            compared_names=person.compared_names,
            birth_dates=list(person.birth_dates),
            nationalities=list(person.nationalities),
            program=person.program,
            list=loaded,
        )
        for person in batch
    ]
    SanctionsEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=("source", "source_id"), update_fields=COLUMNS
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
