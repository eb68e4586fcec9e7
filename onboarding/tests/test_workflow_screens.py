"""What onboarding adds to the workflow's screens: links to the applicant, and masks over personal values."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from onboarding.models import Applicant
from workflow.models import Instance

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.com"


@pytest.fixture
def instance(applicant: Applicant) -> Instance:
    """The instance of an applicant, with a personal value where none should be."""
    now = timezone.now()
    facts = {"workflow": "onboarding", "version": 1, "state": "OTP_VERIFIED", "correlation_id": "c"}
    times = {"created_at": now, "updated_at": now}
    return Instance.objects.create(id=applicant.pk, input={"email": EMAIL}, waiting_for=["NEXT"], **facts, **times)


def page(group: str, address: str) -> str:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    browser = Client()
    browser.force_login(user)
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("tail", ["", "{}/change/"])
def test_an_instance_links_to_its_applicant(applicant: Applicant, instance: Instance, tail: str) -> None:
    shown = page("operator", f"/admin/workflow/instance/{tail.format(instance.pk)}")
    assert f'<a href="/admin/onboarding/applicant/{applicant.pk}/change/">tests: {applicant.user_id}</a>' in shown


def test_personal_values_are_masked_but_for_those_with_the_right(instance: Instance) -> None:
    address = f"/admin/workflow/instance/{instance.pk}/change/"
    assert EMAIL not in page("operator", address)
    assert EMAIL in page("analyst", address)


def test_the_groups_see_applicants() -> None:
    view = Permission.objects.get(codename="view_applicant")
    assert all(view in Group.objects.get(name=name).permissions.all() for name in ("viewer", "operator", "lead"))
