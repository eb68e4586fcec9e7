"""People with permissions, and instances that stand in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from workflow.admin import hooks
from workflow.core.definition import Definition
from workflow.core.registry import registry
from workflow.queries import masks
from workflow.testing import drive

SignIn = Callable[..., Client]


@pytest.fixture(scope="session")
def flows() -> list[Definition[Any, Any]]:
    """The workflows of these tests, which register nowhere else."""
    with registry.isolated() as alone:
        import_module("workflow.admin.tests.flows")
        return list(alone)


@pytest.fixture(autouse=True)
def only_flows(flows: list[Definition[Any, Any]]) -> Iterator[None]:
    """The workflows of these tests are the only ones."""
    with registry.isolated(*flows):
        yield


@pytest.fixture(autouse=True)
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other applications have told nothing."""
    monkeypatch.setattr(hooks, "_makers", {})
    monkeypatch.setattr(masks, "_masks", {})


@pytest.fixture
def signed_in(db: None) -> SignIn:
    """A browser of a member of staff with permissions (codenames), a group, or all rights."""

    def make(*codenames: str, name: str = "jane", group: str = "", is_superuser: bool = False) -> Client:
        user = User.objects.create_user(name, is_staff=True, is_superuser=is_superuser)
        found = Permission.objects.filter(content_type__app_label="workflow", codename__in=codenames)
        assert found.count() == len(codenames)
        user.user_permissions.set(found)
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def lead(signed_in: SignIn) -> Client:
    """Somebody who may do everything."""
    return signed_in(group="lead", name="lead")


@pytest.fixture
def loan(db: None) -> str:
    """Waits for staff."""
    return drive("loan", {"number": 1}).instance_id


@pytest.fixture
def blocked(db: None) -> str:
    """In an incident at its second step."""
    return drive("order", {"number": 7}).instance_id


@pytest.fixture
def half_undone(db: None) -> str:
    """Its rollback has failed."""
    from workflow import client
    from workflow.testing import go_on

    instance_id = drive("order", {"number": 13}).instance_id
    client.cancel(instance_id=instance_id, actor_id="lead", reason="Not wanted any more.")
    go_on(instance_id)
    return instance_id
