"""Values are for those who may see them, and personal ones are masked for all who have no right to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workflow.admin import register_mask
from workflow.admin.tests.conftest import SignIn
from workflow.models import StepExecution, WorkflowEvent

pytestmark = pytest.mark.django_db
SECRET = "ada@example.org"  # in the input of every order, by default


def hide(value: Any) -> Any:
    """Masks every text with an at sign in it, as an application masks its fields."""
    if isinstance(value, dict):
        return {name: hide(found) for name, found in value.items()}
    if isinstance(value, list):
        return [hide(found) for found in value]
    return "•••" if isinstance(value, str) and "@" in value else value


@pytest.fixture
def screens(blocked: str) -> list[str]:
    """Everywhere that values of an instance are shown."""
    attempt = StepExecution.objects.filter(instance_id=blocked).earliest("pk")
    event = WorkflowEvent.objects.filter(instance_id=blocked, event_type="STARTED").get()
    return [
        f"/admin/workflow/instance/{blocked}/change/",
        f"/admin/workflow/stepexecution/{attempt.pk}/change/",
        f"/admin/workflow/workflowevent/{event.pk}/change/",
        f"/admin/workflow/instance/{blocked}/history.json",
    ]


def test_who_may_see_values_sees_them(signed_in: SignIn, screens: list[str]) -> None:
    browser = signed_in(group="auditor")
    for address in screens:
        assert SECRET in browser.get(address).content.decode()


def test_personal_values_are_masked_without_the_right_to_them(signed_in: SignIn, screens: list[str]) -> None:
    register_mask(hide, lifted_by="workflow.view_idempotency")
    browser = signed_in(group="auditor")
    for address in screens:
        page = browser.get(address).content.decode()
        assert SECRET not in page
        assert "•••" in page or "\\u2022" in page


def test_the_right_to_personal_data_lifts_the_mask(signed_in: SignIn, screens: list[str]) -> None:
    register_mask(hide, lifted_by="workflow.view_idempotency")
    browser = signed_in("view_idempotency", group="auditor")
    for address in screens:
        assert SECRET in browser.get(address).content.decode()


def test_who_may_not_see_values_sees_none(signed_in: SignIn, screens: list[str], blocked: str) -> None:
    browser = signed_in(group="viewer")
    for address in screens:
        assert SECRET not in browser.get(address).content.decode()
    page = browser.get(f"/admin/workflow/instance/{blocked}/change/").content.decode()
    assert "Traceback (most recent call last)" not in page
    assert browser.get(f"/admin/workflow/instance/{blocked}/history.json").status_code == 403


def test_the_history_comes_as_json(signed_in: SignIn, blocked: str) -> None:
    events = json.loads(signed_in(group="auditor").get(f"/admin/workflow/instance/{blocked}/history.json").content)
    assert [event["sequence_number"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event_type"] == "STARTED"


def test_the_same_holds_for_json_at_the_operators_addresses(signed_in: SignIn, blocked: str) -> None:
    addresses = [
        f"{root}/order/{blocked}{tail}" for root in ("/admin", "/api/admin/workflows") for tail in ("", "/timeline")
    ]
    browser = signed_in(group="auditor")
    for address in addresses:
        assert SECRET in browser.get(address, headers={"Accept": "application/json"}).content.decode()
    register_mask(hide, lifted_by="workflow.view_idempotency")
    for address in addresses:
        assert SECRET not in browser.get(address, headers={"Accept": "application/json"}).content.decode()
