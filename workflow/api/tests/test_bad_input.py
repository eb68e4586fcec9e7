"""Bad input of every kind is the caller's fault: 4xx, a problem detail, never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from workflow.api.tests.urls import SCOPE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("workflow.api.tests.urls")]
JSON = "application/json"


@pytest.fixture
def caller(client_with: Callable[..., APIClient]) -> APIClient:
    return client_with(SCOPE)


def post(caller: APIClient, body: bytes, content_type: str = JSON) -> Any:
    """The body as it is, byte for byte."""
    return caller.generic("POST", "/api/echo", body, content_type=content_type)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"firstName": NaN}',
        b'{"firstName": Infinity}',
        b'{"firstName": 1e999}',
        b'{"firstName": "\\ud800"}',
        b'{"firstName": "a\\u0000b"}',
        b'{"a\\u0000b": 1}',
        b'{"firstName": "a\x00b"}',
        b"[" * 100_000,
        b"[" * 50 + b"]" * 50,
        b"\xef\xbb\xbf{}",
        b"9" * 5_000,
    ],
)
def test_a_body_that_is_not_storable_json_is_refused(caller: APIClient, body: bytes) -> None:
    answer = post(caller, body)
    assert (answer.status_code, answer.json()["code"]) in {(400, "malformed-body"), (400, "invalid-input")}


@pytest.mark.parametrize("body", [None, 7, "text", [], ["a"], True])
def test_a_body_that_is_no_object_is_invalid(caller: APIClient, body: object) -> None:
    answer = post(caller, json.dumps(body).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/firstName", "required"),
        ({"firstName": None}, "#/firstName", "null"),
        ({"firstName": 7}, "#/firstName", "invalid"),
        ({"firstName": True}, "#/firstName", "invalid"),
        ({"firstName": ["Ann"]}, "#/firstName", "invalid"),
        ({"firstName": {"a": 1}}, "#/firstName", "invalid"),
        ({"firstName": ""}, "#/firstName", "blank"),
        ({"firstName": "x" * 11}, "#/firstName", "max_length"),
        ({"firstName": "Ann", "first_name": "Ann"}, "#/first_name", "unknown"),
        ({"firstName": "Ann", "admin": True}, "#/admin", "unknown"),
        ({"firstName": "Ann", "numberOfChildren": "many"}, "#/numberOfChildren", "invalid"),
        ({"firstName": "Ann", "numberOfChildren": 10**30}, "#/numberOfChildren", "invalid"),
        ({"firstName": "Ann", "numberOfChildren": 100}, "#/numberOfChildren", "max_value"),
        ({"firstName": "Ann", "addresses": {}}, "#/addresses", "not_a_list"),
        ({"firstName": "Ann", "addresses": [{"postalCode": 1}]}, "#/addresses/0/postalCode", "invalid"),
        ({"firstName": "Ann", "addresses": ["x"]}, "#/addresses/0", "invalid"),
    ],
)
def test_a_wrong_field_is_named(caller: APIClient, body: dict[str, object], pointer: str, code: str) -> None:
    answer = caller.post("/api/echo", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")
    assert (pointer, code) in {(entry["pointer"], entry["code"]) for entry in answer.json()["errors"]}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"]
)
def test_another_media_type_is_not_supported(caller: APIClient, content_type: str) -> None:
    answer = post(caller, b"firstName=Ann", content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


def test_a_body_beyond_the_limit_is_too_large(caller: APIClient) -> None:
    answer = post(caller, b'{"firstName": "' + b"x" * 1_100_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_an_answer_in_another_form_cannot_be_had(caller: APIClient) -> None:
    answer = caller.post("/api/echo", {"firstName": "Ann"}, headers={"Accept": "application/xml"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_names_are_spelled_in_camel_case_outside_and_in_snake_case_inside(caller: APIClient) -> None:
    given_body = {"firstName": "Ann", "addresses": [{"postalCode": "10115"}], "numberOfChildren": 2}
    read = caller.post("/api/echo", given_body).json()["read"]
    assert read == {"first_name": "Ann", "addresses": [{"postal_code": "10115"}], "number_of_children": 2}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=anything | st.fixed_dictionaries({"firstName": anything}, optional={"addresses": anything}))
def test_no_json_makes_it_stumble(caller: APIClient, body: object) -> None:
    answer = post(caller, json.dumps(body).encode())
    assert answer.status_code in {200, 400}
