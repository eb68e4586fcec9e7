"""Every refusal is a problem detail with a stable code, and nothing that is ours leaks into it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIClient

from workflow.api.pointers import placed, pointed
from workflow.api.tests.urls import SCOPE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("workflow.api.tests.urls")]
MEDIA_TYPE = "application/problem+json"


@pytest.fixture
def caller(client_with: Callable[..., APIClient]) -> APIClient:
    return client_with(SCOPE, raise_request_exception=False)


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        ("not-here", 404, "instance-not-found"),
        ("not-now", 409, "action-not-possible"),
        ("refused", 422, "action-refused"),
        ("unlisted", 500, "internal-error"),
        ("bug", 500, "internal-error"),
        ("database-away", 503, "database-unavailable"),
        ("slow", 503, "query-timed-out"),
        ("locked", 503, "instance-busy"),
        ("driver-away", 503, "database-unavailable"),
        ("driver-locked", 503, "instance-busy"),
        ("suspicious", 400, "bad-request"),
    ],
)
def test_each_error_has_its_status_and_code(caller: APIClient, end: str, status: int, code: str) -> None:
    answer = caller.get(f"/api/ends/{end}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == MEDIA_TYPE


def test_a_problem_says_what_the_standard_asks_for_and_what_the_error_knows(caller: APIClient) -> None:
    body = caller.get("/api/ends/not-now", headers={"X-Correlation-ID": "trace-7"}).json()
    assert body == {
        "type": "/api/problems/action-not-possible",
        "title": "The action is not possible now",
        "status": 409,
        "detail": "Not from here.",
        "instance": "/api/ends/not-now",
        "code": "action-not-possible",
        "correlationId": "trace-7",
        "possible": ["NEXT"],
        "currentState": "DONE",
    }


def test_what_a_transition_refuses_carries_its_reason_and_details(caller: APIClient) -> None:
    body = caller.get("/api/ends/refused").json()
    assert (body["reason"], body["daysLeft"], body["detail"]) == ("courier-away", 4, "The courier is away.")


def test_a_bug_tells_the_caller_nothing_but_the_correlation_id(caller: APIClient) -> None:
    answer = caller.get("/api/ends/bug")
    assert "secret" not in answer.content.decode()
    assert answer.json()["correlationId"] == answer["X-Correlation-ID"]


def test_a_bug_outside_the_views_is_a_problem_as_well(caller: APIClient) -> None:
    answer = caller.get("/api/plain-bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")


def test_a_database_that_is_away_says_when_to_come_back(caller: APIClient) -> None:
    assert int(caller.get("/api/ends/database-away")["Retry-After"]) > 0


def test_a_page_whose_database_is_away_says_so_too() -> None:
    answer = Client(raise_request_exception=False).get("/away")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_address_where_nothing_is_answers_with_a_problem(debug: bool, method: str) -> None:
    with override_settings(DEBUG=debug):
        answer = getattr(Client(enforce_csrf_checks=True), method)("/api/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_method_that_is_not_there_names_those_that_are(caller: APIClient) -> None:
    answer = caller.delete("/api/echo")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert "POST" in answer["Allow"]


def test_a_foreign_host_is_a_bad_request() -> None:
    answer = Client(raise_request_exception=False).get("/api/echo", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_validation_errors_point_into_the_body() -> None:
    detail = {"first/name": ["wrong"], "addresses": [{}, {"postalCode": ["short"]}], "non_field_errors": ["together"]}
    assert [(entry["pointer"], entry["detail"]) for entry in pointed(detail)] == [
        ("#/first~1name", "wrong"),
        ("#/addresses/1/postalCode", "short"),
        ("#", "together"),
    ]


def test_errors_of_the_domain_point_below_the_part_that_they_judge() -> None:
    assert placed([{"field": "email", "code": "syntax", "message": "No address."}], below="#/data") == [
        {"pointer": "#/data/email", "code": "syntax", "detail": "No address."}
    ]
