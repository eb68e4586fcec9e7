"""The command that loads lists: sentences for people, JSON for programs, and a refusal that names file and line."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from onboarding.models import SanctionsEntry
from onboarding.tests.conftest import OFAC_SAMPLE, OPENSANCTIONS_SAMPLE

pytestmark = pytest.mark.django_db


def said(*words: str) -> list[str]:
    out = StringIO()
    call_command("load_sanctions", *words, stdout=out)
    return out.getvalue().splitlines()


def test_it_says_what_it_did() -> None:
    first, second = said(str(OFAC_SAMPLE), str(OPENSANCTIONS_SAMPLE))
    assert "OFAC_SDN now has 7 persons; 0 removed; left out: 2 not a person" in first
    assert "OPENSANCTIONS now has 6 persons" in second
    assert "holds these 7 persons already" in said(str(OFAC_SAMPLE))[0]


def test_it_speaks_json() -> None:
    told = json.loads(said(str(OFAC_SAMPLE), "--json")[0])
    assert (told["source"], told["entries"], told["changed"]) == ("OFAC_SDN", 7, True)


def test_a_refusal_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(OPENSANCTIONS_SAMPLE.read_text() + "one,two\n")
    with pytest.raises(CommandError, match=r"broken\.csv: Line 10: 2 columns"):
        said(str(path))
    assert not SanctionsEntry.objects.exists()
