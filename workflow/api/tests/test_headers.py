"""Correlation ids, idempotency keys and the rate of calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings
from rest_framework.test import APIClient

from workflow.api.tests.urls import SCOPE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("workflow.api.tests.urls")]
BODY = {"firstName": "Ann"}


@pytest.fixture
def caller(client_with: Callable[..., APIClient]) -> APIClient:
    return client_with(SCOPE)


def test_a_correlation_id_is_echoed_and_handed_on(caller: APIClient) -> None:
    answer = caller.post("/api/echo", BODY, headers={"X-Correlation-ID": "order-7/a.b:c=="})
    assert answer["X-Correlation-ID"] == answer.json()["asked"]["correlation_id"] == "order-7/a.b:c=="


def test_a_correlation_id_is_made_where_none_came(caller: APIClient) -> None:
    first, second = (caller.post("/api/echo", BODY)["X-Correlation-ID"] for _ in range(2))
    assert first
    assert first != second


@pytest.mark.parametrize("given", ["two words", "x" * 129, "caf\u00e9", "\t"])
def test_a_correlation_id_that_cannot_be_logged_is_refused(caller: APIClient, given: str) -> None:
    answer = caller.post("/api/echo", BODY, headers={"X-Correlation-ID": given})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-correlation-id")
    assert answer["X-Correlation-ID"] != given


def test_nothing_stays_bound_to_the_logs_after_a_call(caller: APIClient) -> None:
    caller.post("/api/echo", BODY, headers={"X-Correlation-ID": "order-7"})
    assert "correlation_id" not in structlog.contextvars.get_contextvars()


@pytest.mark.parametrize("given", ["", " ", "two words", "x" * 256, "caf\u00e9", '""'])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(caller: APIClient, given: str) -> None:
    answer = caller.post("/api/echo", BODY, headers={"Idempotency-Key": given})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-idempotency-key")


@pytest.mark.parametrize("given", ["8e03978e-40d5", '"8e03978e-40d5"'])
def test_the_quotes_of_a_structured_header_are_not_part_of_the_key(caller: APIClient, given: str) -> None:
    asked = caller.post("/api/echo", BODY, headers={"Idempotency-Key": given}).json()["asked"]
    assert asked["idempotency_key"] == "8e03978e-40d5"


@override_settings(API_RATE="3/min")
def test_too_many_calls_of_one_credential_are_told_when_to_come_back(client_with: Callable[..., APIClient]) -> None:
    eager, other = client_with(SCOPE, name="eager"), client_with(SCOPE, name="other")
    answers = [eager.post("/api/echo", BODY) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too-many-requests"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert other.post("/api/echo", BODY).status_code == 200


@override_settings(API_RATE="1/min")
def test_an_address_in_a_forwarded_header_does_not_make_another_caller(caller: APIClient) -> None:
    assert caller.post("/api/echo", BODY, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 200
    assert caller.post("/api/echo", BODY, headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 429


@override_settings(API_RATE="none")
def test_the_limit_can_be_lifted(caller: APIClient) -> None:
    assert {caller.post("/api/echo", BODY).status_code for _ in range(5)} == {200}


def test_a_cache_that_is_away_lets_calls_through(caller: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("cache away")

    monkeypatch.setattr(LocMemCache, "get", refuse)
    assert caller.post("/api/echo", BODY).status_code == 200
