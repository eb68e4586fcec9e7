"""The demonstration: its data, its people, and the four scenarios played by real processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from onboarding.demonstration.people import passport, somebody
from onboarding.demonstration.scenarios import SCENARIOS
from onboarding.demonstration.visits import VISITS, next_visit
from onboarding.documents import inspect_document
from onboarding.models import SanctionsEntry
from onboarding.profile import ProfileData
from workflow.api.keys import find_key

PROJECT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 300
KEYS = [f"sf_{letter * 48}" for letter in "ab"]
QUICK = {"WORKFLOW_HEARTBEAT_SECONDS": "1", "WORKFLOW_DEAD_AFTER_SECONDS": "3"}


@pytest.mark.django_db
def test_the_data_are_there_and_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", "first password")
    monkeypatch.setenv("DEMO_API_KEY", KEYS[0])
    for _ in range(2):
        call_command("demo_data", stdout=StringIO())
    admin = get_user_model().objects.get()
    assert (admin.get_username(), admin.check_password("first password")) == ("admin", True)
    found = find_key(KEYS[0])
    assert found is not None
    assert (found.name, found.scopes) == ("demo", ["onboarding"])
    assert SanctionsEntry.objects.count() == 13


@pytest.mark.django_db
def test_another_password_and_another_key_take_the_place_of_the_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for password, key in (("first password", KEYS[0]), ("second password", KEYS[1])):
        monkeypatch.setenv("DEMO_ADMIN_PASSWORD", password)
        monkeypatch.setenv("DEMO_API_KEY", key)
        call_command("demo_data", stdout=StringIO())
    assert get_user_model().objects.get().check_password("second password")
    assert find_key(KEYS[0]) is None
    assert find_key(KEYS[1]) is not None


@pytest.mark.django_db
def test_there_are_no_built_in_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DEMO_ADMIN_PASSWORD is not set"):
        call_command("demo_data")
    assert not get_user_model().objects.exists()


def test_made_up_people_have_profiles_and_passports_that_are_accepted() -> None:
    one, other = somebody(), somebody()
    assert ProfileData.model_validate(one.profile)
    assert inspect_document(passport(one)).sha256 != inspect_document(passport(other)).sha256


def test_every_kind_of_visit_comes_by_its_share() -> None:
    assert sum(visit.of_a_hundred for visit in VISITS) == 100
    seen = Counter(next_visit().name for _ in range(3000))
    assert set(seen) == {visit.name for visit in VISITS}
    assert seen.most_common(1)[0][0] == "completes"


def test_the_four_scenarios_play_and_end_in_a_table() -> None:
    """`make demo`: a system of its own, real processes, a real SIGKILL, and nothing left behind."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "STEADFAST_VAR")}
    played = subprocess.run(
        [sys.executable, "-m", "tooling.demo"],
        cwd=PROJECT,
        env={**environment, **QUICK},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    for name in SCENARIOS:
        assert name in played.stdout
    rows = re.findall(r"^(\d) .*?([0-9a-f-]{36})  (\w+) ", played.stdout, flags=re.MULTILINE)
    statuses = [(scenario, status) for scenario, _, status in rows]
    expected = ["COMPLETED", "COMPENSATED", "COMPLETED", "COMPLETED", "COMPLETED"]
    assert statuses == list(zip("12344", expected, strict=True))
    assert len({instance_id for _, instance_id, _ in rows}) == 5
