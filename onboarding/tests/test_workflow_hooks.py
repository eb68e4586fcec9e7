"""What onboarding tells the control of workflows: who may see and decide what, and where an applicant is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from onboarding.admin.read_only import SEE_PERSONAL_DATA
from onboarding.admin.workflow_hooks import applicant_links
from onboarding.models import Applicant

pytestmark = pytest.mark.django_db


def member(group: str) -> Any:
    """Somebody of a group; its permissions are made after each migrate."""
    call_command("migrate", verbosity=0)
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.mark.parametrize(
    ("group", "sees_personal_data", "decides"),
    [
        ("viewer", False, False),
        ("operator", False, False),
        ("auditor", False, False),
        ("analyst", True, True),
        ("lead", False, True),
    ],
)
def test_only_who_compares_persons_sees_personal_data(group: str, sees_personal_data: bool, decides: bool) -> None:
    user = member(group)
    assert user.has_perm("onboarding.view_applicant")
    assert user.has_perm(SEE_PERSONAL_DATA) is sees_personal_data
    assert user.has_perm("onboarding.change_screening") is decides


def test_an_instance_leads_to_its_applicant(applicant: Applicant) -> None:
    instance = SimpleNamespace(pk=applicant.id)
    (link,) = applicant_links([instance], SimpleNamespace(has_perm=lambda _: True))[applicant.id]
    assert str(applicant.id) in link.url
    assert applicant.phone_number not in link.label
    assert applicant_links([instance], SimpleNamespace(has_perm=lambda _: False)) == {}
