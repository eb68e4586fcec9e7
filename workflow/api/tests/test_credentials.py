"""Who calls is known by key or session alone; a key opens what its scopes name, a session what it is permitted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from rest_framework.test import APIClient

from workflow.api.keys import InvalidKey, create_key, find_key, revoke_key, rotate_key
from workflow.api.tests.urls import SCOPE
from workflow.models import ApiKey

pytestmark = [pytest.mark.django_db, pytest.mark.urls("workflow.api.tests.urls")]
BODY = {"firstName": "Ann"}


def call(client: APIClient, **headers: str) -> tuple[int, str]:
    answer = client.post("/api/echo", BODY, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, answer.json().get("code", "")


def test_a_key_is_taken_from_either_header() -> None:
    key = create_key("acme", [SCOPE])
    assert call(APIClient(), Authorization=f"Bearer {key}")[0] == 200
    assert call(APIClient(), Authorization=f"bearer {key}")[0] == 200
    assert call(APIClient(), X_API_Key=key)[0] == 200


def test_a_call_without_a_credential_is_told_how_to_bring_one() -> None:
    answer = APIClient().post("/api/echo", BODY)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "key", ["", "x", "sf_short", "sf_" + "a" * 43, "sf_" + "\u00e9" * 40, "Bearer", "sf_" + "a" * 5_000, "a b c"]
)
def test_what_is_no_key_of_ours_opens_nothing(key: str) -> None:
    create_key("acme", [SCOPE])
    assert call(APIClient(), Authorization=f"Bearer {key}") == (401, "invalid-credential")
    assert call(APIClient(), X_API_Key=key) == (401, "invalid-credential")


def test_another_scheme_is_refused() -> None:
    assert call(APIClient(), Authorization="Basic YTpi") == (401, "invalid-credential")


def test_a_key_with_one_wrong_character_opens_nothing() -> None:
    key = create_key("acme", [SCOPE])
    assert call(APIClient(), X_API_Key=key[:-1] + ("A" if key[-1] != "A" else "B")) == (401, "invalid-credential")


def test_the_secret_itself_is_nowhere_in_the_database() -> None:
    key = create_key("acme", [SCOPE])
    kept = ApiKey.objects.get(name="acme")
    assert kept.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert key not in repr(kept.__dict__)
    assert key.startswith(kept.prefix)


def test_a_key_without_the_scope_is_not_permitted() -> None:
    assert call(APIClient(), X_API_Key=create_key("acme", ["another"])) == (403, "not-permitted")


def test_a_revoked_key_opens_nothing_and_a_rotated_one_only_anew() -> None:
    first = create_key("acme", [SCOPE])
    second = rotate_key("acme")
    assert find_key(first) is None
    assert call(APIClient(), X_API_Key=second)[0] == 200
    revoke_key("acme")
    assert call(APIClient(), X_API_Key=second) == (401, "invalid-credential")


def test_use_is_noted_once_a_minute(django_assert_num_queries: Callable[..., object]) -> None:
    key = create_key("acme", [SCOPE])
    find_key(key)
    noted = ApiKey.objects.get(name="acme").last_used_at
    find_key(key)
    assert noted is not None
    assert ApiKey.objects.get(name="acme").last_used_at == noted


@pytest.mark.parametrize(
    ("name", "scopes", "key"),
    [("", [SCOPE], None), ("a b", [SCOPE], None), ("acme", [], None), ("acme", [SCOPE], "weak")],
)
def test_a_key_that_protects_nothing_is_not_made(name: str, scopes: list[str], key: str | None) -> None:
    with pytest.raises(InvalidKey):
        create_key(name, scopes, key)


def test_a_name_is_given_once() -> None:
    create_key("acme", [SCOPE])
    with pytest.raises(InvalidKey, match="already"):
        create_key("acme", [SCOPE])


def test_the_actor_and_the_scope_of_keys_come_from_the_credential(client_with: Callable[..., APIClient]) -> None:
    asked = client_with(SCOPE).post("/api/echo", BODY, headers={"Idempotency-Key": "k-1"}).json()["asked"]
    assert asked["actor"] == "USER"
    assert asked["actor_id"] == asked["scope"] == "client:acme"
    assert asked["idempotency_key"] == "k-1"


def test_a_session_of_staff_acts_as_staff_by_name(staff_with: Callable[..., APIClient]) -> None:
    asked = staff_with("workflow.view_instance").post("/api/echo", BODY).json()["asked"]
    assert (asked["actor"], asked["actor_id"]) == ("STAFF", "jane")


def test_a_session_without_the_permission_is_not_permitted(staff_with: Callable[..., APIClient]) -> None:
    assert call(staff_with()) == (403, "not-permitted")


def test_a_session_of_somebody_else_counts_as_none(staff_with: Callable[..., APIClient]) -> None:
    assert call(staff_with("workflow.view_instance", is_staff=False)) == (401, "not-authenticated")


def test_a_session_needs_its_csrf_token_and_a_key_does_not(
    staff_with: Callable[..., APIClient], client_with: Callable[..., APIClient]
) -> None:
    assert call(staff_with("workflow.view_instance", enforce_csrf_checks=True)) == (403, "not-permitted")
    assert call(client_with(SCOPE, enforce_csrf_checks=True))[0] == 200


def test_the_command_makes_a_key_that_opens_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "acme", "--scope", "operator")
    key = find_key(capsys.readouterr().out.strip())
    assert key is not None
    assert (key.name, key.scopes) == ("acme", ["operator"])


def test_bringing_the_same_key_again_changes_nothing() -> None:
    key = create_key("acme", [SCOPE])
    assert create_key("acme", [SCOPE], key) == key


def test_the_command_refuses_a_scope_that_nothing_asks_for() -> None:
    with pytest.raises(CommandError, match="no scope 'operatr'"):
        call_command("create_api_key", "acme", "--scope", "operatr")
