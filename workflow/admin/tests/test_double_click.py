"""Two submissions of one page at the same moment have one effect, and both people are shown it."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import uuid_utils
from django.db import connections
from django.test import Client
from django.utils import timezone

from workflow.admin.forms import new_token
from workflow.admin.tests.conftest import SignIn
from workflow.models import Instance

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "engine"])
CLICKS = 4


@pytest.fixture
def ended() -> Instance:
    now = timezone.now()
    times = {"created_at": now, "updated_at": now, "finished_at": now}
    facts: dict[str, Any] = {"workflow": "loan", "version": 1, "status": "COMPLETED", "correlation_id": "c"}
    row_id = uuid.UUID(str(uuid_utils.uuid7()))
    return Instance.objects.create(id=row_id, input={"number": 5}, business_key="loan:5", **facts, **times)


def test_many_clicks_restart_once(signed_in: SignIn, ended: Instance) -> None:
    cookies = signed_in(group="lead").cookies
    form = {"token": new_token(), "reason": "Again."}
    at_once, landed = threading.Barrier(CLICKS), []

    def click() -> None:
        browser = Client()
        browser.cookies = cookies
        at_once.wait()
        landed.append(browser.post(f"/admin/workflow/instance/{ended.pk}/do/restart/", form)["Location"])
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (again,) = Instance.objects.filter(retried_from_id=ended.pk)
    assert landed == [f"/admin/workflow/instance/{again.pk}/change/"] * CLICKS
