"""A client application with one customer: every call is HTTP, every code is read from the simulator's text messages."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import urllib3

from onboarding.demonstration.people import Person, passport
from simulator.client import SimulatorClient

TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 60.0
CODE = re.compile(r"\b(\d{6})\b")
HTTP_ERROR_MIN = 400
HTTP_BUSY = frozenset({429, 503})
Document = dict[str, Any]


class CallRefused(Exception):
    """The API said no; `problem` is what it said."""

    def __init__(self, status: int, problem: Document) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.problem = problem


class PatienceEnded(Exception):
    """What was waited for did not happen in time."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the system is, and the key of the client application."""

    url: str
    api_key: str
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=8))

    def call(self, method: str, path: str, *, body: Document | None = None, fields: Any = None) -> Document:
        """One request; a busy system is asked again. Raises CallRefused."""
        for _ in attempts(PATIENCE_SECONDS):
            answer = self.http.request(
                method,
                f"{self.url}/api/{path}",
                headers={"Authorization": f"Bearer {self.api_key}"}
                | ({"Content-Type": "application/json"} if body is not None else {}),
                body=None if body is None else json.dumps(body),
                fields=fields,
                timeout=TIMEOUT_SECONDS,
                retries=False,
            )
            told: Document = json.loads(answer.data)
            if answer.status < HTTP_ERROR_MIN:
                return told
            if answer.status not in HTTP_BUSY:
                break
        raise CallRefused(answer.status, told)


@dataclass(slots=True)
class Customer:
    """One onboarding, from the start to its end. `told` hears of every step."""

    site: Site
    simulator: SimulatorClient
    person: Person
    told: Callable[[str], None] = lambda _: None
    instance_id: str = ""

    def start(self) -> str:
        """The id of the instance."""
        answer = self.site.call(
            "POST",
            "onboarding/start",
            body={"userId": self.person.user_id, "phoneNumber": self.person.phone_number},
        )
        self.instance_id = answer["instanceId"]
        self.told(f"started {self.instance_id}")
        return self.instance_id

    def give_code(self) -> None:
        """NEXT with the code from the text message."""
        code = self.code()
        self.next({"otp": code})
        self.told("NEXT with the code")

    def resend(self) -> None:
        """Another code; the text message with it is waited for, because the earlier one does not count any more."""
        before = len(self.simulator.sms(self.person.phone_number))
        self.site.call("POST", f"onboarding/{self.instance_id}/resend-otp", body={})
        for _ in attempts(PATIENCE_SECONDS):
            if len(self.simulator.sms(self.person.phone_number)) > before:
                break
        self.told("another code asked for")

    def give_profile(self) -> None:
        """NEXT with the profile."""
        self.next(self.person.profile)
        self.told("NEXT with the profile")

    def give_document(self) -> None:
        """The picture of the passport."""
        fields = {"kind": "PASSPORT", "file": ("passport.png", passport(self.person), "image/png")}
        self.site.call("POST", f"onboarding/{self.instance_id}/documents", fields=fields)
        self.wait_for(lambda status: status["currentState"] == "DOC_UPLOADED")
        self.told("document uploaded")

    def submit(self) -> None:
        """NEXT: hand in."""
        self.next({})
        self.told("NEXT: handed in")

    def apply(self) -> None:
        """Everything a customer does, up to handing in."""
        self.start()
        self.give_code()
        self.give_profile()
        self.give_document()
        self.submit()

    def next(self, data: Document) -> None:
        """NEXT, and wait until the state has been left where the answer was that it is still going on."""
        before = self.status()["currentState"]
        self.site.call("POST", f"onboarding/{self.instance_id}/action", body={"action": "NEXT", "data": data})
        if data:
            self.wait_for(lambda status: status["currentState"] != before)

    def code(self) -> str:
        """From the newest text message to this phone."""
        for _ in attempts(PATIENCE_SECONDS):
            for message in self.simulator.sms(self.person.phone_number):
                found = CODE.search(message["text"])
                if found:
                    return found[1]
        raise PatienceEnded(f"No text message arrived for {self.instance_id}.")

    def status(self) -> Document:
        """What the status endpoint tells."""
        return self.site.call("GET", f"onboarding/{self.instance_id}/status")

    def wait_for(self, fits: Callable[[Document], bool], seconds: float = PATIENCE_SECONDS) -> Document:
        """The first status that fits."""
        status = self.status()
        for _ in attempts(seconds):
            if fits(status):
                return status
            status = self.status()
        raise PatienceEnded(f"{self.instance_id} stands in {status['currentState']} ({status['status']}).")

    def wait_for_end(self, seconds: float = PATIENCE_SECONDS) -> Document:
        """The status once nothing is left to do."""
        return self.wait_for(lambda status: status["finishedAt"] is not None, seconds)


def attempts(seconds: float) -> Iterator[None]:
    """Again and again with a pause, until the time is up; at least once."""
    give_up_at = time.monotonic() + seconds
    yield
    while time.monotonic() < give_up_at:
        time.sleep(PAUSE_SECONDS)
        yield
