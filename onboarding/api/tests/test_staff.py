"""Staff read and decide over the same addresses: with a session and the permission, never with a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from onboarding.api.tests.conftest import Customer

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "engine"]),
    pytest.mark.usefixtures("lists"),
]
DOUBTFUL = {"firstName": "Marisol", "lastName": "Estevez Quiroga", "dateOfBirth": "1988-01-05", "nationality": "ES"}
CLEAR = {"action": "AML_CLEAR", "data": {"reason": "Another person of the same name."}}


@pytest.fixture
def doubtful(customer: Customer) -> Customer:
    """A customer who resembles somebody on a list."""
    customer.reach("EKYC_PENDING", **DOUBTFUL)
    customer.tell(customer.decision())
    customer.wait_for("AML_PENDING")
    customer.rest()
    return customer


@pytest.fixture
def officer(staff_with: Callable[..., APIClient]) -> APIClient:
    return staff_with("onboarding.view_applicant", "onboarding.change_screening", name="olga")


def decide(caller: APIClient, customer: Customer, body: Any, **headers: str) -> Any:
    return caller.post(customer.at("action"), body, headers=headers)


def test_staff_clear_a_likeness_with_a_reason(doubtful: Customer, officer: APIClient) -> None:
    assert doubtful.status().json()["possibleActions"] == []
    assert decide(officer, doubtful, CLEAR).status_code in {200, 202}
    doubtful.ended("COMPLETED")
    (decision,) = [event for event in doubtful.history() if event.actor == "STAFF"]
    assert (decision.actor_id, decision.payload["name"]) == ("olga", "AML_CLEAR")


def test_a_decision_under_one_key_is_made_once(doubtful: Customer, officer: APIClient) -> None:
    headers = {"Idempotency-Key": "k"}
    first, second = (decide(officer, doubtful, CLEAR, **headers) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    doubtful.ended("COMPLETED")
    assert len([event for event in doubtful.history() if event.actor == "STAFF"]) == 1


@pytest.mark.parametrize("data", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}])
def test_a_decision_without_a_reason_is_refused(doubtful: Customer, officer: APIClient, data: Any) -> None:
    answer = decide(officer, doubtful, {"action": "AML_CLEAR", "data": data})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    assert doubtful.status().json()["currentState"] == "AML_PENDING"


def test_staff_cannot_act_for_the_customer_nor_for_the_provider(doubtful: Customer, officer: APIClient) -> None:
    for action in ("NEXT", "EKYC_APPROVE"):
        answer = decide(officer, doubtful, {"action": action, "data": {"reason": "Because."}})
        assert (answer.status_code, answer.json()["code"]) == (409, "action-not-possible")


def test_a_client_cannot_decide_about_its_own_customer(doubtful: Customer) -> None:
    answer = doubtful.act("AML_CLEAR", {"reason": "He is my friend."})
    assert (answer.status_code, answer.json()["code"]) == (409, "action-not-possible")


def test_staff_without_the_permission_neither_read_nor_decide(
    doubtful: Customer, staff_with: Callable[..., APIClient]
) -> None:
    intern = staff_with(name="intern")
    assert decide(intern, doubtful, CLEAR).status_code == 403
    assert intern.get(doubtful.at("status")).status_code == 403
    assert intern.post("/api/onboarding/start", {"userId": "u"}).status_code == 403
