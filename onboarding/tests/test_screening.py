"""Screening an application against the loaded lists."""

from __future__ import annotations

from typing import Any

import pytest

from onboarding import services
from onboarding.errors import SanctionsListMissing
from onboarding.models import Applicant, SanctionsEntry, Screening, Verdict
from onboarding.sanctions.screening import screen
from onboarding.tests.conftest import OFAC_SAMPLE, stored_profile

DRAKMOOR = {"firstName": "Wiktor", "lastName": "Drakmoor", "dateOfBirth": "1962-07-12", "nationality": "IR"}


def found(applicant: Applicant, **person: Any) -> tuple[Verdict, str]:
    """The verdict about a person, and whom they resemble."""
    finding = screen(stored_profile(applicant, **person))
    return finding.likeness.verdict, finding.entry.source_id if finding.entry else ""


@pytest.mark.usefixtures("sanctions_lists")
def test_a_listed_person_is_a_hit_under_another_spelling(applicant: Applicant) -> None:
    assert found(applicant, **DRAKMOOR) == (Verdict.HIT, "90001")


@pytest.mark.usefixtures("sanctions_lists")
def test_an_alias_counts_as_the_name(applicant: Applicant) -> None:
    alias = {"firstName": "Leopold", "lastName": "Thorne", "dateOfBirth": "1970-02-28", "nationality": "HU"}
    assert found(applicant, **alias) == (Verdict.HIT, "sample-0001")


@pytest.mark.usefixtures("sanctions_lists")
def test_accents_and_order_do_not_hide_anybody(applicant: Applicant) -> None:
    person = {"firstName": "Lukaszynski Broda", "lastName": "Tadeusz", "dateOfBirth": "1958-09-30", "nationality": "BY"}
    assert found(applicant, **person) == (Verdict.HIT, "sample-0008")


@pytest.mark.usefixtures("sanctions_lists")
def test_a_likeness_without_a_listed_birth_date_is_reviewed(applicant: Applicant) -> None:
    person = {"firstName": "Marisol", "lastName": "Estevez Quiroga", "dateOfBirth": "1988-01-05", "nationality": "ES"}
    assert found(applicant, **person) == (Verdict.REVIEW, "sample-0006")


@pytest.mark.usefixtures("sanctions_lists")
def test_companies_and_vessels_resemble_nobody(applicant: Applicant) -> None:
    verdict, _ = found(applicant, firstName="Grey", lastName="Petrel")
    assert verdict is Verdict.CLEAR


@pytest.mark.usefixtures("sanctions_lists")
def test_an_ordinary_customer_is_clear(applicant: Applicant) -> None:
    assert found(applicant) == (Verdict.CLEAR, "")


@pytest.mark.django_db
def test_nobody_is_cleared_against_no_list(applicant: Applicant) -> None:
    with pytest.raises(SanctionsListMissing, match="load_sanctions"):
        screen(stored_profile(applicant))


@pytest.mark.usefixtures("sanctions_lists")
def test_the_worst_likeness_counts_even_if_another_is_closer(applicant: Applicant) -> None:
    """The exact namesake has no listed birth date: a review. The misspelt one has the same: a hit."""
    namesake = SanctionsEntry.objects.get(source_id="90001")
    namesake.pk, namesake.source_id, namesake.birth_dates, namesake.nationalities = None, "90100", [], []
    namesake.compared_names = ["drakmoor wiktor"]
    namesake.save()
    assert found(applicant, **DRAKMOOR) == (Verdict.HIT, "90001")


@pytest.mark.usefixtures("sanctions_lists")
def test_another_load_is_seen_at_once(applicant: Applicant, tmp_path: Any) -> None:
    assert found(applicant, **DRAKMOOR)[0] is Verdict.HIT
    shorter = tmp_path / "sdn.csv"
    shorter.write_bytes(b"".join(OFAC_SAMPLE.read_bytes().splitlines(keepends=True)[1:]))
    services.load_sanctions(shorter)
    assert found(applicant, **DRAKMOOR)[0] is Verdict.CLEAR


@pytest.mark.usefixtures("sanctions_lists")
def test_what_was_found_is_kept_and_survives_the_entry(applicant: Applicant) -> None:
    profile = stored_profile(applicant, **DRAKMOOR)
    Applicant.objects.filter(pk=applicant.pk).update(status="EKYC_APPROVED")
    profile.email_logic, profile.accepted_at = 2, profile.applicant.created_at
    profile.store("email_logic", accepted_at=Applicant.objects.get(pk=applicant.pk).created_at)
    assert services.screen_application(instance_id=str(applicant.id)) is Verdict.HIT
    SanctionsEntry.objects.all().delete()
    kept = Screening.objects.get(applicant=applicant)
    assert (kept.verdict, kept.entry, kept.entry_source, kept.entry_source_id) == ("HIT", None, "OFAC_SDN", "90001")
    assert Applicant.objects.get(pk=applicant.pk).status == "AML_PENDING"
