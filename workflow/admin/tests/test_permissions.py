"""Every screen and every action has a permission of its own, checked again when a form comes in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from workflow.admin.actions import INCIDENT_ACTIONS, INSTANCE_ACTIONS
from workflow.admin.forms import new_token
from workflow.admin.groups import GROUPS
from workflow.admin.screens import SCREENS
from workflow.admin.tests.conftest import SignIn
from workflow.models import Incident, Instance, WorkflowEvent

pytestmark = pytest.mark.django_db
MODELS = sorted(str(model._meta.model_name) for model in SCREENS)
ACTIONS = sorted(INSTANCE_ACTIONS)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_takes_the_permission_to_view(signed_in: SignIn, model: str) -> None:
    address = f"/admin/workflow/{model}/"
    refused = signed_in(name="nobody").get(address)
    assert refused.status_code == 403
    assert "administrator" in refused.content.decode()
    assert signed_in(f"view_{model}").get(address).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted(signed_in: SignIn, model: str, blocked: str) -> None:
    browser = signed_in(is_superuser=True)
    assert browser.get(f"/admin/workflow/{model}/add/").status_code == 403
    row = next(found for found in SCREENS if found._meta.model_name == model)._default_manager.first()
    if row is not None:
        assert browser.post(f"/admin/workflow/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_takes_its_own_permission_also_when_the_form_comes_in(
    signed_in: SignIn, loan: str, name: str
) -> None:
    own = INSTANCE_ACTIONS[name].permission
    others = [action.permission for action in INSTANCE_ACTIONS.values() if action.permission != own]
    address = f"/admin/workflow/instance/{loan}/do/{name}/"
    refused = signed_in("view_instance", *others, name="others")
    assert refused.get(address).status_code == 403
    answer = refused.post(address, {"token": new_token(), "reason": "Because.", "step_key": "x#1", "action": "GRANT"})
    assert answer.status_code == 403
    assert not WorkflowEvent.objects.filter(instance_id=loan, actor="STAFF").exists()
    assert signed_in(own, name="owner").get(address).status_code == 200


@pytest.mark.parametrize("name", sorted(INCIDENT_ACTIONS))
def test_an_incidents_action_takes_its_own_permission(signed_in: SignIn, blocked: str, name: str) -> None:
    incident = Incident.objects.get(instance_id=blocked)
    address = f"/admin/workflow/incident/{incident.pk}/do/{name}/"
    refused = signed_in("view_incident", name="reader")
    assert refused.post(address, {"token": new_token(), "reason": "Because."}).status_code == 403
    assert signed_in(INCIDENT_ACTIONS[name].permission).get(address).status_code == 200


def test_a_page_offers_only_what_one_may_do(signed_in: SignIn, loan: str) -> None:
    address = f"/admin/workflow/instance/{loan}/change/"
    assert "/do/" not in signed_in("view_instance", name="viewer").get(address).content.decode()
    page = signed_in("view_instance", "pause_instance").get(address).content.decode()
    assert "/do/pause/" in page
    assert "/do/cancel/" not in page


def test_customers_and_strangers_see_the_log_in(loan: str) -> None:
    browser = Client()
    for tail in ("", f"workflow/instance/{loan}/change/", f"workflow/instance/{loan}/do/pause/"):
        assert browser.get(f"/admin/{tail}")["Location"].startswith("/admin/login/")
    browser.force_login(User.objects.create_user("customer"))
    answer = browser.post(f"/admin/workflow/instance/{loan}/do/terminate/", {"token": new_token(), "reason": "Mine."})
    assert answer.status_code == 302
    assert Instance.objects.get(pk=loan).status == "ACTIVE"


def test_a_forged_form_is_refused(signed_in: SignIn, loan: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root"))
    answer = browser.post(f"/admin/workflow/instance/{loan}/do/terminate/", {"token": new_token(), "reason": "Forged."})
    assert answer.status_code == 403
    assert Instance.objects.get(pk=loan).status == "ACTIVE"


# -- groups -----------------------------------------------------------------------------------------------------------


def test_the_groups_exist_after_migrate_with_all_their_permissions() -> None:
    for name, wanted in GROUPS.items():
        held = {f"{p.content_type.app_label}.{p.codename}" for p in Group.objects.get(name=name).permissions.all()}
        assert set(wanted) <= held


def test_every_action_has_a_permission_that_somebody_can_be_given() -> None:
    names = {action.permission for action in (*INSTANCE_ACTIONS.values(), *INCIDENT_ACTIONS.values())}
    assert set(Permission.objects.filter(codename__in=names).values_list("codename", flat=True)) == names


def test_migrating_again_takes_nothing_from_a_group() -> None:
    viewer = Group.objects.get(name="viewer")
    extra = Permission.objects.get(codename="pause_instance")
    viewer.permissions.add(extra)
    call_command("migrate", verbosity=0)
    assert extra in viewer.permissions.all()


@pytest.mark.parametrize("group", ["viewer", "auditor"])
def test_who_only_looks_acts_on_nothing(signed_in: SignIn, group: str, loan: str) -> None:
    browser = signed_in(group=group)
    assert browser.get(f"/admin/workflow/instance/{loan}/change/").status_code == 200
    for name in ACTIONS:
        assert browser.get(f"/admin/workflow/instance/{loan}/do/{name}/").status_code == 403
