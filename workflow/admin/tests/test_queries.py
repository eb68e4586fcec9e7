"""Lists and pages ask as many questions for many rows as for few, and none that counts or skips without a limit."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from workflow.admin import Link, register_links
from workflow.testing import drive

pytestmark = pytest.mark.django_db
QUERIES_MAX = 16  # four for session, user and permissions, and then the screen's own
LISTS = [f"/admin/workflow/{model}/" for model in ("instance", "incident", "stepexecution", "workflowevent", "worker")]


def asked(browser: Client, address: str) -> list[str]:
    """Without what only sets a limit or a point to return to."""
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(address).status_code == 200
    found = [str(query["sql"]) for query in caught.captured_queries]
    return [sql for sql in found if not re.match(r"SET LOCAL|(RELEASE )?SAVEPOINT", sql)]


def fill(numbers: range) -> None:
    for number in numbers:
        drive("order", {"number": number})
        drive("loan", {"number": number})


@pytest.mark.parametrize("address", [*LISTS, "/admin/", "/admin/workflow/deployeddefinition/"])
def test_more_rows_ask_no_more_questions(lead: Client, address: str) -> None:
    register_links("loan", lambda found, user: {row.pk: [Link("Ada", "/")] for row in found})
    fill(range(20, 22))
    few = asked(lead, address)
    fill(range(30, 36))
    many = asked(lead, address)
    assert len(many) <= len(few) <= QUERIES_MAX


@pytest.mark.parametrize("address", LISTS)
def test_no_list_counts_or_skips_without_a_limit(lead: Client, address: str) -> None:
    fill(range(40, 42))
    for sql in asked(lead, address):
        assert not re.search(r"OFFSET [1-9]", sql)
        if "COUNT(" in sql and "workflow_worker" not in sql:
            assert "LIMIT" in sql, sql


def test_an_instance_asks_as_many_questions_however_much_happened(lead: Client) -> None:
    short = drive("loan", {"number": 50}).instance_id
    long = drive("order", {"number": 51}).instance_id
    few = asked(lead, f"/admin/workflow/instance/{short}/change/")
    assert len(few) <= QUERIES_MAX + 4, few
    assert len(asked(lead, f"/admin/workflow/instance/{long}/change/")) <= QUERIES_MAX + 4
