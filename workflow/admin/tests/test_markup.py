"""Every screen runs under a strict content security policy: nothing inline, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from workflow.admin.forms import new_token
from workflow.admin.screens import SCREENS
from workflow.admin.tests.conftest import SignIn
from workflow.models import Incident, StepExecution, Worker, WorkflowEvent

pytestmark = pytest.mark.django_db
INLINE = (
    r"<style",
    r"\sstyle=",
    r"<script(?![^>]*\ssrc=)",
    r"\son[a-z]+=\"",
    r"javascript:",
    r"\b(?:src|href)=\"(?:https?:)?//",
)


@pytest.fixture
def addresses(loan: str, blocked: str, half_undone: str) -> list[str]:
    """Every kind of screen, with something on it."""
    incident = Incident.objects.get(instance_id=blocked)
    lists = [f"/admin/workflow/{model._meta.model_name}/" for model in SCREENS]
    details = [
        f"/admin/workflow/{model._meta.model_name}/{row.pk}/change/"
        for model in (StepExecution, WorkflowEvent, Worker)
        if (row := model._default_manager.first()) is not None
    ]
    return [
        "/admin/",
        *lists,
        *details,
        *(f"/admin/workflow/instance/{found}/change/" for found in (loan, blocked, half_undone)),
        f"/admin/workflow/instance/{blocked}/do/retry-step/",
        f"/admin/workflow/incident/{incident.pk}/change/",
        "/admin/workflow/deployeddefinition/loan/v1/",
        "/admin/workflow/instance/?q=nothing",
        "/admin/auth/user/",
        "/admin/login/",
    ]


def test_every_screen_carries_the_policy_and_keeps_it(signed_in: SignIn, addresses: list[str]) -> None:
    browser = signed_in(is_superuser=True)
    for address in addresses:
        answer = browser.get(address, follow=True)
        assert answer.status_code == 200, address
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        page = answer.content.decode()
        found = [pattern for pattern in INLINE if re.search(pattern, page)]
        assert not found, (address, found)


def test_refusals_keep_the_policy_as_well(signed_in: SignIn, loan: str) -> None:
    browser = signed_in("view_instance", "resume_instance")
    refused = browser.post(f"/admin/workflow/instance/{loan}/do/resume/", {"token": new_token(), "reason": "Now."})
    forbidden = browser.get(f"/admin/workflow/instance/{loan}/do/pause/")
    for answer in (refused, forbidden):
        assert not [pattern for pattern in INLINE if re.search(pattern, answer.content.decode())]


@pytest.mark.parametrize("sheet", ["control.css", "screens.css", "icon.svg"])
def test_our_files_ask_nobody_else_for_anything(sheet: str) -> None:
    path = finders.find(f"workflow/{sheet}")
    assert isinstance(path, str)
    text = Path(path).read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"url\(|@import|https?:", text)


def test_actions_need_no_javascript(signed_in: SignIn, loan: str) -> None:
    page = signed_in(group="lead").get(f"/admin/workflow/instance/{loan}/do/pause/").content.decode()
    form = page[page.index('<form method="post" class="wf-form"') :]
    assert 'name="csrfmiddlewaretoken"' in form
    assert 'name="token"' in form
    assert '<button type="submit"' in form


def test_the_log_in_needs_no_session() -> None:
    assert Client().get("/admin/login/").status_code == 200
