"""What onboarding refuses: bad input, actions out of place, other clients' instances. Nothing changes by it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from onboarding.api.tests.conftest import Customer
from onboarding.models import Applicant, Document, Profile
from onboarding.tests.conftest import pdf, picture, profile_data

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "engine"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/userId"),
        ({"userId": ""}, "#/userId"),
        ({"userId": 7}, "#/userId"),
        ({"userId": None}, "#/userId"),
        ({"userId": "x" * 201}, "#/userId"),
        ({"userId": "u", "phoneNumber": 14155550123}, "#/phoneNumber"),
        ({"userId": "u", "phoneNumber": "0415555"}, "#/phoneNumber"),
        ({"userId": "u", "phoneNumber": "+1"}, "#/phoneNumber"),
        ({"userId": "u", "phoneNumber": "+" + "1" * 40}, "#/phoneNumber"),
        ({"userId": "u", "client": "another"}, "#/client"),
        ({"userId": "u", "actor": "STAFF"}, "#/actor"),
        ({"user_id": "u"}, "#/user_id"),
    ],
)
def test_a_start_that_is_not_valid_starts_nothing(customer: Customer, body: dict[str, object], pointer: str) -> None:
    answer = customer.api.post("/api/onboarding/start", body)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert not Applicant.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": 7},
        {"action": ""},
        {"action": "NEXT", "data": []},
        {"action": "NEXT", "data": "123456"},
        {"action": "NEXT", "data": {"otp": 123456}},
        {"action": "NEXT", "data": {"otp": "12345"}},
        {"action": "NEXT", "data": {"otp": "\uff11\uff12\uff13\uff14\uff15\uff16"}},
        {"action": "NEXT", "data": {"otp": "123456", "more": 1}},
        {"action": "NEXT", "data": {"seal": "abc", "challenge": 1}},
        {"action": "NEXT", "data": {"firstName": "Ada"}},
        {"action": "RESEND_OTP", "data": {"more": 1}},
        {"action": "NEXT", "actor": "STAFF"},
    ],
)
def test_an_action_that_is_not_valid_changes_nothing(customer: Customer, body: dict[str, object]) -> None:
    customer.start()
    customer.code()
    before = customer.events()
    answer = customer.api.post(customer.at("action"), body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"]
    assert customer.events() == before


@pytest.mark.parametrize("action", ["UPLOAD_DOCUMENT", "EKYC_APPROVE", "EKYC_REJECT", "AML_CLEAR", "AML_REJECT", "FLY"])
def test_an_action_out_of_place_is_a_conflict_that_names_what_is_possible(customer: Customer, action: str) -> None:
    customer.start()
    customer.code()
    before = customer.events()
    answer = customer.act(action)
    assert (answer.status_code, answer.json()["code"]) == (409, "action-not-possible")
    assert answer.json()["possible"] == ["NEXT", "RESEND_OTP"]
    assert customer.events() == before


def test_an_action_after_the_end_is_a_conflict(customer: Customer) -> None:
    customer.reach("EKYC_PENDING")
    customer.tell(customer.decision("REJECTED"))
    customer.ended("EKYC_REJECTED")
    answer = customer.act()
    assert (answer.status_code, answer.json()["code"]) == (409, "action-not-possible")


@pytest.mark.parametrize("instance_id", ["nonsense", "%00", "1", "a" * 300, str(uuid4()), "..%2f..", "{}"])
def test_an_onboarding_that_is_not_there_is_not_found(customer: Customer, instance_id: str) -> None:
    for answer in (
        customer.api.get(f"/api/onboarding/{instance_id}/status"),
        customer.api.post(f"/api/onboarding/{instance_id}/action", {"action": "NEXT"}),
        customer.api.post(f"/api/onboarding/{instance_id}/resend-otp"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_another_clients_onboarding_is_not_found(customer: Customer, client_with: Callable[..., APIClient]) -> None:
    customer.start()
    customer.code()
    before = customer.events()
    stranger = Customer(client_with("onboarding", name="stranger"), customer.world, customer.instance_id)
    for answer in (
        stranger.status(),
        stranger.act(data={"otp": "123456"}),
        stranger.act(data=profile_data()),
        stranger.upload(),
        stranger.api.post(stranger.at("resend-otp")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "application-not-found")
    assert customer.events() == before
    assert not Document.objects.exists()
    assert not Profile.objects.exists()


def test_the_same_user_of_two_clients_is_two_customers(
    customer: Customer, client_with: Callable[..., APIClient]
) -> None:
    customer.start()
    other = Customer(client_with("onboarding", name="other"), customer.world, number="+14155550143")
    assert other.start().status_code == 201
    assert other.instance_id != customer.instance_id


def test_a_key_without_the_scope_starts_nothing(customer: Customer, client_with: Callable[..., APIClient]) -> None:
    answer = client_with("operator", name="watcher").post("/api/onboarding/start", {"userId": "u"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "document-empty"),
        (b"MZ not a picture", 422, "document-type"),
        (picture()[:200], 422, "document-unreadable"),
        (picture(size=(8, 8)), 422, "document-too-small"),
        (pdf(password="secret"), 422, "document-encrypted"),
        (pdf(pages=21), 422, "document-too-many-pages"),
        (b"%PDF-1.7 broken", 422, "document-unreadable"),
    ],
)
def test_a_file_that_is_no_document_is_refused(customer: Customer, content: bytes, status: int, code: str) -> None:
    customer.reach("PROFILE_COMPLETED")
    answer = customer.upload(content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert customer.status().json()["currentState"] == "PROFILE_COMPLETED"
    assert not Document.objects.exists()


def test_a_file_beyond_the_limit_is_not_even_read(customer: Customer) -> None:
    customer.reach("PROFILE_COMPLETED")
    answer = customer.upload(b"\xff" * (11 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_form_without_file_or_with_another_kind_is_invalid(customer: Customer) -> None:
    customer.reach("PROFILE_COMPLETED")
    nothing = customer.api.post(customer.at("documents"), {"kind": "PASSPORT"}, format="multipart")
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (400, "#/file")
    other = customer.upload(kind="LIBRARY_CARD")
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "#/kind")
    text = customer.api.post(customer.at("documents"), {"kind": "PASSPORT"})
    assert (text.status_code, text.json()["code"]) == (415, "unsupported-media-type")


def test_a_document_that_comes_too_early_is_forgotten(customer: Customer) -> None:
    customer.start()
    customer.code()
    answer = customer.upload()
    assert (answer.status_code, answer.json()["code"]) == (409, "action-not-possible")
    assert not Document.objects.exists()
