"""Loading sanctions lists: both formats, whole or not at all, again without effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from onboarding import services
from onboarding.errors import SanctionsFileError
from onboarding.models import SanctionsEntry, SanctionsList
from onboarding.sanctions.formats.listed import Remainder
from onboarding.sanctions.formats.ofac import birth_dates
from onboarding.tests.conftest import OFAC_SAMPLE, OPENSANCTIONS_SAMPLE

pytestmark = pytest.mark.django_db
NOTHING = "-0- ," * 7
LINE = '{number},"{name}","individual","SAMPLE",' + NOTHING + '"DOB 1962."\r\n'


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def facts() -> list[tuple[object, ...]]:
    """Everything a load may change, without the number of the load."""
    return list(
        SanctionsEntry.objects.values_list("id", "source", "source_id", "name", "compared_names", "birth_dates")
    )


def test_an_sdn_csv_is_recognised_and_its_individuals_are_taken() -> None:
    report = services.load_sanctions(OFAC_SAMPLE)
    assert (report.source, report.entries, report.left_out) == ("OFAC_SDN", 7, {"not a person": 2})
    entry = SanctionsEntry.objects.get(source_id="90001")
    assert entry.compared_names == ["ansgar drakmoor viktor", "drakmur wiktor", "broker the"]
    assert (entry.birth_dates, entry.nationalities, entry.program) == (["1962-07-12"], ["IR"], "SDGT")


def test_remarks_are_read_in_all_their_forms() -> None:
    services.load_sanctions(OFAC_SAMPLE)
    read = dict(SanctionsEntry.objects.values_list("source_id", "birth_dates"))
    assert read["90002"] == ["1959", "1960"]
    assert read["90003"] == ["1974"]
    assert read["90004"] == ["1981-03"]
    assert read["90008"] == ["1968", "1969", "1970"]
    assert read["90009"] == []
    assert SanctionsEntry.objects.get(source_id="90002").nationalities == ["SY", "LB"]
    assert SanctionsEntry.objects.get(source_id="90007").nationalities == ["KP"]


def test_a_targets_simple_csv_is_recognised_and_its_persons_are_taken() -> None:
    report = services.load_sanctions(OPENSANCTIONS_SAMPLE)
    assert (report.source, report.entries) == ("OPENSANCTIONS", 6)
    assert report.left_out == {"not a person": 2, "country not understood": 1}
    entry = SanctionsEntry.objects.get(source_id="sample-0004")
    assert entry.compared_names == ["baptiste jean nkoulembe", "b j nkoulembe"]
    assert (entry.birth_dates, entry.nationalities) == (["1963-05", "1964"], ["CD"])


def test_a_birth_date_that_nobody_understands_is_counted_not_hidden() -> None:
    remainder = Remainder()
    assert birth_dates("in the late fifties", remainder) == []
    assert remainder.counts == {"birth date not understood": 1}


def test_loading_a_file_again_changes_nothing() -> None:
    assert services.load_sanctions(OFAC_SAMPLE).changed
    before = facts()
    again = services.load_sanctions(OFAC_SAMPLE)
    assert (again.changed, again.entries, again.removed) == (False, 7, 0)
    assert facts() == before
    assert SanctionsList.objects.count() == 1


def test_a_load_replaces_its_own_source_only(tmp_path: Path) -> None:
    services.load_sanctions(OFAC_SAMPLE)
    services.load_sanctions(OPENSANCTIONS_SAMPLE)
    kept = SanctionsEntry.objects.get(source_id="90001").pk
    report = services.load_sanctions(
        written(
            tmp_path, LINE.format(number=90001, name="DRAKMOOR, Viktor") + LINE.format(number=5, name="NEW, Person")
        )
    )
    assert (report.entries, report.removed) == (2, 6)
    assert set(SanctionsEntry.objects.filter(source="OFAC_SDN").values_list("source_id", flat=True)) == {"90001", "5"}
    assert SanctionsEntry.objects.get(source_id="90001").pk == kept
    assert SanctionsEntry.objects.filter(source="OPENSANCTIONS").count() == 6


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('7,"SHORT, Row","individual"\n', "3 columns where an SDN.CSV has 12"),
        (LINE.format(number="x", name="BAD, Number"), "a number and a name"),
        (LINE.format(number=7, name=""), "a number and a name"),
        (LINE.format(number=1, name="TWICE, Listed"), "stands on line 1 already"),
        (LINE.format(number=7, name="???"), "the name has no letter"),
        (LINE.format(number=7, name="NUL, \x00"), "NUL character"),
        ('7,"OPEN, Quote\n', "no CSV"),
        (LINE.format(number=7, name="LATIN, J\xf6rg").encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_nothing_changes(tmp_path: Path, line: str | bytes, complaint: str) -> None:
    services.load_sanctions(OFAC_SAMPLE)
    before = facts()
    good = LINE.format(number=1, name="GOOD, Line").encode()
    bad = line.encode() if isinstance(line, str) else line
    with pytest.raises(SanctionsFileError, match=rf"Line 2: .*{complaint}"):
        services.load_sanctions(written(tmp_path, good + bad))
    assert facts() == before
    assert SanctionsList.objects.count() == 1


def test_a_line_of_the_other_format_is_named(tmp_path: Path) -> None:
    text = OPENSANCTIONS_SAMPLE.read_text() + '"sample-9","Person"\n'
    with pytest.raises(SanctionsFileError, match="Line 10: 2 columns where the header has 16"):
        services.load_sanctions(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("a,b,c\n", "Line 1: this is neither"),
        ('"id","schema","name"\n', "Line 1: the header lacks aliases, birth_date, countries"),
        (f'1,"NO PERSON LTD",-0- ,"X",{NOTHING}-0- \n', "names no person"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SanctionsFileError, match=complaint):
        services.load_sanctions(written(tmp_path, text))
    assert not SanctionsList.objects.exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SanctionsFileError, match="cannot be read"):
        services.load_sanctions(tmp_path / "absent.csv")


def test_a_long_list_is_loaded_in_batches(tmp_path: Path) -> None:
    lines = "".join(LINE.format(number=n, name=f"PERSON, Number {n}") for n in range(1, 2501))
    assert services.load_sanctions(written(tmp_path, lines)).entries == 2500
    assert SanctionsEntry.objects.count() == SanctionsList.objects.get().entries == 2500
