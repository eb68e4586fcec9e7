"""A worker in this process, the simulated outside world, and a customer who can be taken as far as a test needs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from onboarding import services
from onboarding.models import IdentityCheck
from onboarding.providers.signatures import sign
from onboarding.sanctions.index import name_index
from onboarding.tests.conftest import OPENSANCTIONS_SAMPLE, picture, profile_data
from simulator.testing import SimulatorProcess, simulator, simulator_process
from workflow import client as engine
from workflow.api.keys import create_key
from workflow.api.tests.callers import client_with, fresh_counts, staff_with
from workflow.engine.host import Host
from workflow.models import WorkflowEvent

__all__ = ["client_with", "fresh_counts", "simulator", "simulator_process", "staff_with"]

PATIENCE_SECONDS = 15.0
CODE = re.compile(r"\b(\d{6})\b")


@pytest.fixture
def providers(settings: Any, simulator: SimulatorProcess) -> None:
    """Every provider is the simulator of this test."""
    entry = {"url": simulator.url, "secret": simulator.webhook_secret}
    settings.ONBOARDING_PROVIDERS = {
        "sms": entry,
        "ekyc": entry,
        "core_banking": entry,
        "user_directory": {"adapter": "http", "url": simulator.url},
    }
    settings.PUBLIC_URL = "http://127.0.0.1:9"  # nobody is there: tests deliver webhooks themselves


@pytest.fixture
def lists(transactional_db: None) -> Iterator[None]:
    """Somebody is listed, so that anybody can be cleared."""
    services.load_sanctions(OPENSANCTIONS_SAMPLE)
    name_index.cache_clear()
    yield
    name_index.cache_clear()


def keyed(key: str | None) -> dict[str, str]:
    """The header of an Idempotency-Key."""
    return {} if key is None else {"Idempotency-Key": key}


@dataclass
class Customer:
    """An onboarding as its client sees it; each method is one call."""

    api: APIClient
    world: SimulatorProcess
    instance_id: str = ""
    number: str = "+14155550142"

    def start(self, user_id: str = "user42") -> Any:
        answer = self.api.post("/api/onboarding/start", {"userId": user_id, "phoneNumber": self.number})
        self.instance_id = answer.json()["instanceId"]
        return answer

    def act(self, action: str = "NEXT", data: Any = None, *, key: str | None = None) -> Any:
        body = {"action": action} if data is None else {"action": action, "data": data}
        return self.api.post(self.at("action"), body, headers=keyed(key))

    def enter_code(self) -> Any:
        return self.act(data={"otp": self.code()})

    def enter_profile(self, **changes: Any) -> Any:
        return self.act(data=profile_data(**changes))

    def upload(self, content: bytes | None = None, kind: str = "PASSPORT", *, key: str | None = None) -> Any:
        file = SimpleUploadedFile("scan.jpg", picture() if content is None else content, content_type="image/jpeg")
        return self.api.post(self.at("documents"), {"kind": kind, "file": file}, format="multipart", headers=keyed(key))

    def code(self) -> str:
        """The code that was sent last."""
        found = self.world.wait_for(lambda world: world.sms(self.number))
        match = CODE.search(found[0]["text"])
        assert match is not None
        self.rest()
        return match[1]

    def rest(self) -> None:
        """Return when the instance waits for somebody, with everything written."""
        until = time.monotonic() + PATIENCE_SECONDS
        while engine.describe(self.instance_id).waiting_for is None:
            assert time.monotonic() < until
            time.sleep(0.02)

    def status(self) -> Any:
        return self.api.get(self.at("status"))

    def wait_for(self, *states: str) -> dict[str, Any]:
        """The status, as soon as the onboarding stands in one of these states."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := self.status().json())["currentState"] not in states:
            assert time.monotonic() < until, f"{found} never came to {states}"
            time.sleep(0.02)
        return dict(found)

    def ended(self, state: str) -> dict[str, Any]:
        """The status, as soon as the onboarding has ended in this state."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := self.wait_for(state))["finishedAt"] is None:
            assert time.monotonic() < until, f"{found} never ended"
            time.sleep(0.02)
        return found

    def decision(self, decision: str = "APPROVED", event_id: str = "event-1") -> dict[str, str]:
        """What the identity provider would tell about this customer."""
        check = IdentityCheck.objects.get(applicant_id=self.instance_id)
        return {"eventId": event_id, "checkId": check.check_id, "reference": self.instance_id, "decision": decision}

    def tell(self, message: Any, *, age_seconds: int = 0, secret: str | None = None, **headers: str) -> Any:
        """Deliver a webhook of the identity provider."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        at = int(time.time()) - age_seconds
        digest = sign(self.world.webhook_secret if secret is None else secret, at, body)
        signed = {"X-Signature": f"t={at},v1={digest}", **headers}
        return APIClient().generic("POST", "/api/webhooks/ekyc", body, "application/json", headers=signed)  # type: ignore[arg-type]

    def reach(self, state: str, **person: Any) -> Customer:
        """Take the customer as far as `state`, by the calls that lead there."""
        ways: dict[str, Callable[[], Any]] = {
            "OTP_VERIFIED": self.enter_code,
            "PROFILE_COMPLETED": lambda: self.enter_profile(**person),
            "DOC_UPLOADED": self.upload,
            "EKYC_PENDING": self.act,
        }
        self.start()
        for reached, call in ways.items():
            if self.status().json()["currentState"] == state:
                break
            call()
            self.wait_for(reached)
        return self

    def at(self, place: str) -> str:
        return f"/api/onboarding/{self.instance_id}/{place}"

    def events(self) -> int:
        """How long the history is."""
        return len(self.history())

    def history(self) -> list[WorkflowEvent]:
        return list(WorkflowEvent.objects.filter(instance_id=self.instance_id).order_by("sequence_number"))


@pytest.fixture
def customer(providers: None, host: Host, simulator: SimulatorProcess) -> Customer:
    """A customer of the client application acme, with nothing begun."""
    api = APIClient()
    api.credentials(HTTP_X_API_KEY=create_key("acme", ["onboarding"]))
    return Customer(api, simulator)
