"""The addresses that operators know: a screen for a browser, JSON for a program, one set of rules."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from workflow.admin.tests.conftest import SignIn
from workflow.api.keys import create_key

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_key('desk', ('operator',))}"}


def read(browser: Client, address: str) -> Any:
    answer = browser.get(address, headers=JSON)
    assert answer.status_code == 200, answer.content
    assert "Accept" in answer["Vary"]
    return answer.json()


def test_programs_get_what_the_operators_api_answers(lead: Client, loan: str) -> None:
    for tail in ("", "/dashboard", f"/{loan}", f"/{loan}/timeline", "/definition/v1", "/incidents"):
        assert read(lead, f"/admin/loan{tail}") == read_api(lead, f"/api/admin/workflows/loan{tail}")


def read_api(browser: Client, address: str) -> Any:
    return browser.get(address).json()


def test_a_list_by_status_and_page(lead: Client, loan: str) -> None:
    page = read(lead, "/admin/loan?status=ACTIVE&page=0&size=20")
    assert [item["id"] for item in page["items"]] == [loan]
    assert (page["page"], page["size"], page["total"]) == (0, 20, 1)
    assert read(lead, "/admin/loan?status=COMPLETED")["items"] == []


@pytest.mark.parametrize("tail", ["", "?status=ACTIVE&page=0&size=20", "/dashboard", "/definition/v1", "/incidents"])
def test_browsers_get_the_screen(lead: Client, loan: str, tail: str) -> None:
    answer = lead.get(f"/admin/loan{tail}", headers=BROWSER, follow=True)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")


def test_browsers_get_the_instance_and_its_timeline(lead: Client, loan: str) -> None:
    for tail in ("", "/timeline"):
        assert "The instance was started." in lead.get(f"/admin/loan/{loan}{tail}", headers=BROWSER).content.decode()


def test_the_list_screen_keeps_what_was_chosen(lead: Client, loan: str, blocked: str) -> None:
    page = lead.get("/admin/loan?status=ACTIVE", headers=BROWSER, follow=True)
    assert page.redirect_chain[-1][0] == "/admin/workflow/instance/?workflow=loan&status=ACTIVE"
    assert loan in page.content.decode()
    assert blocked not in page.content.decode()


def test_a_key_gets_json_whatever_it_accepts(key: dict[str, str], loan: str) -> None:
    answer = Client().get(f"/admin/loan/{loan}", headers={**key, **BROWSER})
    assert answer.json()["id"] == loan


def test_programs_are_refused_by_problem_details(loan: str, signed_in: SignIn) -> None:
    stranger = Client().get("/admin/loan", headers=JSON)
    assert (stranger.status_code, stranger["Content-Type"]) == (401, "application/problem+json")
    assert signed_in(name="nobody").get("/admin/loan", headers=JSON).status_code == 403
    assert Client().get("/admin/loan", headers={"X-API-Key": "wrong"}).status_code == 401
    assert signed_in("view_instance").get(f"/admin/loan/{uuid.uuid4()}", headers=JSON).status_code == 404


def test_strangers_with_a_browser_see_the_log_in(loan: str) -> None:
    assert Client().get("/admin/loan", headers=BROWSER)["Location"].startswith("/admin/login/")


def test_a_replay_says_its_verdict(lead: Client, key: dict[str, str], loan: str) -> None:
    address = f"/admin/replay/{loan}"
    answer = Client().post(address, {}, content_type="application/json", headers={**key, **JSON})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "CLEAN")
    assert "Clean: the row agrees" in lead.post(address, headers=BROWSER).content.decode()
    assert lead.get(address, headers=BROWSER)["Location"] == f"/admin/workflow/instance/{loan}/change/"
    assert lead.post(f"/admin/replay/{uuid.uuid4()}", headers=BROWSER).status_code == 404


def test_a_forged_replay_is_refused(loan: str, signed_in: SignIn) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(group="lead").cookies
    assert browser.post(f"/admin/replay/{loan}", headers=BROWSER).status_code == 403
    assert browser.post(f"/admin/replay/{loan}", {}, content_type="application/json", headers=JSON).status_code == 403


def test_other_addresses_of_the_admin_stay_django_s(lead: Client) -> None:
    assert lead.get("/admin/login/", headers=BROWSER).status_code in (200, 302)
    assert lead.get("/admin/workflow/", headers=BROWSER).status_code == 200
    assert lead.get("/admin/nothing-of-the-kind", headers=BROWSER).status_code in (302, 404)
