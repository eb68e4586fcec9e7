"""The same call under the same Idempotency-Key happens once; the same webhook takes effect once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from onboarding.api.tests.conftest import Customer
from onboarding.models import Applicant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "engine"])


def test_a_repeated_start_is_answered_alike(customer: Customer) -> None:
    body = {"userId": "user42", "phoneNumber": customer.number}
    answers = [customer.api.post("/api/onboarding/start", body, headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["instanceId"] for answer in answers}) == 1


def test_many_starts_at_once_are_one_onboarding(customer: Customer) -> None:
    body = {"userId": "user42", "phoneNumber": customer.number}

    def start(number: int) -> tuple[int, str]:
        headers = {"Idempotency-Key": "k"} if number % 2 else {}
        try:
            answer = customer.api.post("/api/onboarding/start", body, headers=headers)
            return answer.status_code, answer.json()["instanceId"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as callers:
        answers = list(callers.map(start, range(24)))
    assert len({instance_id for _, instance_id in answers}) == 1
    assert {status for status, _ in answers} <= {200, 201}
    assert Applicant.objects.count() == 1


def test_a_key_that_was_used_for_another_start_is_refused(customer: Customer) -> None:
    customer.api.post(
        "/api/onboarding/start", {"userId": "a", "phoneNumber": "+14155550101"}, headers={"Idempotency-Key": "k"}
    )
    again = customer.api.post(
        "/api/onboarding/start", {"userId": "b", "phoneNumber": "+14155550102"}, headers={"Idempotency-Key": "k"}
    )
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")


def test_a_repeated_action_is_done_once_and_answered_alike(customer: Customer) -> None:
    customer.start()
    code = customer.code()
    first, second = (customer.act(data={"otp": code}, key="k") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    received = [event for event in customer.history() if event.event_type == "SIGNAL_RECEIVED"]
    assert len(received) == 1


def test_a_repeated_upload_is_one_document(customer: Customer) -> None:
    customer.reach("PROFILE_COMPLETED")
    first, second = (customer.upload(key="k") for _ in range(2))
    assert first.json()["document"]["id"] == second.json()["document"]["id"]


def test_a_webhook_that_comes_again_is_answered_alike_and_does_nothing(customer: Customer) -> None:
    customer.reach("EKYC_PENDING")
    message = customer.decision("REJECTED")
    first = customer.tell(message)
    customer.ended("EKYC_REJECTED")
    before = customer.events()
    again = customer.tell(message)
    assert (first.status_code, again.status_code) == (200, 200)
    assert customer.events() == before


def test_a_webhook_with_a_known_id_and_another_content_is_refused(customer: Customer) -> None:
    customer.reach("EKYC_PENDING")
    customer.tell(customer.decision("REJECTED"))
    other = customer.tell(customer.decision("APPROVED"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_a_decision_that_fits_nothing_is_taken_and_ignored(customer: Customer) -> None:
    customer.reach("EKYC_PENDING")
    customer.tell(customer.decision("REJECTED"))
    customer.ended("EKYC_REJECTED")
    late = customer.tell(customer.decision("APPROVED", event_id="event-2"))
    assert (late.status_code, late.json()["outcome"]) == (200, "ignored")
    assert customer.status().json()["currentState"] == "EKYC_REJECTED"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": "another"}, 401, "signature-mismatch"),
        ({"age_seconds": 301}, 401, "signature-expired"),
        ({"age_seconds": -301}, 401, "signature-expired"),
        ({"X-Signature": ""}, 401, "signature-missing"),
        ({"X-Signature": "nonsense"}, 401, "signature-missing"),
        ({"X-Event-Id": "another"}, 400, "webhook-unreadable"),
    ],
)
def test_a_webhook_that_nobody_can_vouch_for_changes_nothing(
    customer: Customer, changes: dict[str, object], status: int, code: str
) -> None:
    customer.reach("EKYC_PENDING")
    before = customer.events()
    answer = customer.tell(customer.decision(), **changes)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert customer.events() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"eventId": 7}', b'{"eventId": "e"}'])
def test_a_signed_message_of_another_form_is_unreadable(customer: Customer, body: bytes) -> None:
    answer = customer.tell(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook-unreadable")


@pytest.mark.parametrize("reference", ["nonsense", "0198c0de-0000-7000-8000-000000000000", "a\u0000b"])
def test_a_decision_about_nobody_is_not_found_so_that_it_comes_again(customer: Customer, reference: str) -> None:
    answer = customer.tell({"eventId": "e", "checkId": "c", "reference": reference, "decision": "APPROVED"})
    assert answer.status_code in {400, 404}


def test_a_provider_that_nobody_knows_is_not_found(customer: Customer) -> None:
    answer = customer.api.post("/api/webhooks/nobody", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-provider")
