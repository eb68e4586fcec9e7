"""Callers for tests of an API: clients that carry a key, and members of staff. Import the fixtures into a conftest.

from workflow.api.tests.callers import client_with, fresh_counts, staff_with
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from rest_framework.test import APIClient

from workflow.api.keys import create_key
from workflow.api.metrics import exposition

KeyMaker = Callable[..., str]


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Throttles and metrics are remembered by the process; each test begins with none."""
    cache.clear()
    exposition.forget()
    yield
    cache.clear()


@pytest.fixture
def client_with(db: None) -> Callable[..., APIClient]:
    """An HTTP client that carries a key with these scopes."""

    def make(*scopes: str, name: str = "acme", **options: bool) -> APIClient:
        client = APIClient(**options)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_key(name, scopes)}")
        return client

    return make


@pytest.fixture
def staff_with(db: None) -> Callable[..., APIClient]:
    """An HTTP client of a logged-in member of staff with these permissions (`app.codename`)."""

    def make(*permissions: str, name: str = "jane", is_staff: bool = True, **options: bool) -> APIClient:
        user = User.objects.create_user(name, password="irrelevant", is_staff=is_staff)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = APIClient(**options)
        client.force_login(user)
        return client

    return make
