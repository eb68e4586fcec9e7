"""The description of the API is complete, valid, and served without a foreign address or an inline script."""

from __future__ import annotations

import re
from functools import cache
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from workflow.api.catalogue import CATALOGUE, ProblemKind, declare
from workflow.core import errors

pytestmark = pytest.mark.django_db
NEVER_SHOWN = {"workflow-error", "definition-error", "invalid-value"}


@cache
def description() -> dict[str, Any]:
    answer = Client().get("/api/schema")
    assert answer.status_code == 200
    return dict(answer.json())


def operations() -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in description()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    }


def test_it_is_made_without_a_warning_and_valid() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_it_is_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1")


def test_every_code_is_explained_where_it_can_come() -> None:
    explained = {
        code
        for operation in operations().values()
        for response in operation["responses"].values()
        for code in re.findall(r"^- `([a-z-]+)`", response.get("description", ""), re.MULTILINE)
    }
    assert explained == set(CATALOGUE)


def test_every_operation_names_problems_as_problem_details() -> None:
    for operation in operations().values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert set(response["content"]) == {"application/problem+json"}, operation["operationId"]


def test_every_guarded_post_takes_an_idempotency_key() -> None:
    for path, methods in description()["paths"].items():
        if "post" in methods and "webhooks" not in path:
            assert "Idempotency-Key" in {parameter["name"] for parameter in methods["post"]["parameters"]}


def test_every_error_of_the_front_door_has_a_status() -> None:
    codes = {
        kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WorkflowError)
    }
    assert codes - NEVER_SHOWN <= set(CATALOGUE)


def test_a_code_means_one_thing() -> None:
    with pytest.raises(ValueError, match="not-found is taken"):
        declare(ProblemKind("not-found", 410, "Gone", "Somewhere else."))


def test_the_codes_can_be_looked_up() -> None:
    assert {kind["code"] for kind in Client().get("/api/problems").json()} == set(CATALOGUE)
    assert Client().get("/api/problems/past-pivot").json()["status"] == 409
    assert Client().get("/api/problems/nothing").json()["code"] == "not-found"


def test_the_page_of_the_description_has_nothing_inline_and_nothing_foreign() -> None:
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r"<style|style=|<script>|\son\w+=|https?://", page)
    assert re.findall(r'src="([^"]+)"', page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert finders.find(address.removeprefix(settings.STATIC_URL)), address


def test_the_page_of_the_description_allows_no_more_than_it_needs() -> None:
    policy = Client().get("/api/docs")["Content-Security-Policy"]
    assert "'unsafe" not in policy
    assert "img-src 'self' data:" in policy
    assert "data:" not in Client().get("/api/problems")["Content-Security-Policy"]


def test_the_script_of_the_page_reads_our_description() -> None:
    page = Client().get("/api/docs").content.decode()
    (script,) = [src for src in re.findall(r'src="([^"]+)"', page) if not src.startswith(settings.STATIC_URL)]
    answer = Client().get(script.replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")
    assert "schema" in answer.content.decode()
