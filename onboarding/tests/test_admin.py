"""The admin of onboarding's rows: readable, masked, and changing nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from onboarding.models import Account, Applicant, Profile
from onboarding.tests.conftest import stored_profile

pytestmark = pytest.mark.django_db
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "onboarding"), key=lambda m: m.__name__
)


def signed_in(*codenames: str, **facts: Any) -> Client:
    user = User.objects.create_user("staff", is_staff=True, **facts)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def profile(applicant: Applicant) -> Profile:
    return stored_profile(applicant)


def page(client: Client, row: Applicant | Profile | Account) -> str:
    address = reverse(f"admin:onboarding_{row._meta.model_name}_change", args=[row.pk])
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def listing(client: Client, model: str) -> str:
    return client.get(reverse(f"admin:onboarding_{model}_changelist")).content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nobody_adds_changes_or_deletes(model: Any) -> None:
    client = signed_in(is_superuser=True)
    assert client.get(reverse(f"admin:onboarding_{model._meta.model_name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:onboarding_{model._meta.model_name}_add")).status_code == 403


def test_without_the_right_personal_values_are_masked(applicant: Applicant, profile: Profile) -> None:
    client = signed_in("view_applicant", "view_profile")
    shown = page(client, applicant) + page(client, profile) + listing(client, "applicant") + listing(client, "profile")
    for value in (applicant.phone_number, profile.last_name, profile.email, profile.street, "1990"):
        assert value not in shown
    assert "L•••" in shown


def test_with_the_right_a_single_row_shows_them_and_a_list_does_not(applicant: Applicant, profile: Profile) -> None:
    client = signed_in("view_applicant", "view_profile", "view_personal_data")
    assert profile.last_name in page(client, profile)
    assert applicant.phone_number in page(client, applicant)
    assert profile.last_name not in listing(client, "profile")
    assert applicant.phone_number not in listing(client, "applicant")


def test_without_permission_nothing_is_shown(applicant: Applicant) -> None:
    client = signed_in()
    assert client.get(reverse("admin:onboarding_applicant_change", args=[applicant.pk])).status_code == 403


def test_a_post_changes_nothing(applicant: Applicant) -> None:
    client = signed_in(is_superuser=True)
    address = reverse("admin:onboarding_applicant_change", args=[applicant.pk])
    assert client.post(address, {"client": "stolen"}).status_code == 403
    assert Applicant.objects.get(pk=applicant.pk).client == "tests"
