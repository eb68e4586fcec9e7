"""Customers without HTTP, for tests of the machines: in a world with a worker, or in one where time stands still."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from onboarding import services
from onboarding.demonstration.history import Fact, history, path
from onboarding.demonstration.people import Person, passport
from onboarding.models import Applicant, DocumentKind
from onboarding.providers.registry import ekyc_provider
from onboarding.states import Action, State
from simulator.testing import SimulatorProcess, WebhookReceiver
from workflow import client as engine
from workflow.client import ActionResult, Description
from workflow.testing import Driven, go_on

PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.02
CODE = re.compile(r"\b(\d{6})\b")
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = PATIENCE_SECONDS) -> Found:
    """The first thing found that is not empty; AssertionError when the time is up."""
    give_up_at = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < give_up_at, f"not within {seconds:g} s"
        time.sleep(PAUSE_SECONDS)
    return found


@dataclass(slots=True)
class Application:
    """A customer on the way, through the services that the API calls."""

    simulator: SimulatorProcess
    receiver: WebhookReceiver
    person: Person
    instance_id: str = ""

    def start(self, version: int = 1) -> str:
        started = services.start_onboarding(
            client="tests", user_id=self.person.user_id, phone_number=self.person.phone_number, version=version
        )
        self.instance_id = started.instance_id
        return self.instance_id

    def act(self, action: str, data: dict[str, Any] | None = None, **asked: Any) -> ActionResult:
        return services.act(instance_id=self.instance_id, action=action, data=data, **asked)

    def code(self, number: int = 1) -> str:
        """The n-th code that was sent."""
        texts = eventually(lambda: self._texts(number))
        found = CODE.search(texts[-number])
        assert found is not None
        return found[1]

    def _texts(self, at_least: int) -> list[str]:
        texts = [message["text"] for message in self.simulator.sms(self.person.phone_number)]
        return texts if len(texts) >= at_least else []

    def verify(self) -> None:
        self.act(Action.NEXT, {"otp": self.code()})

    def give_profile(self) -> ActionResult:
        return self.act(Action.NEXT, self.person.profile)

    def upload(self) -> ActionResult:
        content = passport(self.person)
        return services.upload_document(instance_id=self.instance_id, kind=DocumentKind.PASSPORT, content=content)[1]

    def apply(self, version: int = 1) -> None:
        """Everything up to handing in."""
        self.start(version)
        self.verify()
        self.give_profile()
        self.upload()
        self.act(Action.NEXT)

    def hear(self, number: int = 1) -> ActionResult:
        """Hand on the n-th webhook of the identity provider, as the API would."""
        delivery = self.receiver.wait_for(number)[number - 1]
        decision = ekyc_provider().parse_webhook(delivery.headers, delivery.body, now=time.time())
        return services.receive_identity_decision(decision)

    def described(self) -> Description:
        return engine.describe(self.instance_id)

    def reach(self, state: State) -> Description:
        return eventually(lambda: found if (found := self.described()).state == state else None)

    def rest(self) -> Description:
        """Until it waits for somebody."""
        return eventually(lambda: found if (found := self.described()).waiting_for else None)

    def end(self) -> Description:
        return eventually(lambda: found if (found := self.described()).finished_at else None)

    @property
    def facts(self) -> list[Fact]:
        return history(self.instance_id)

    @property
    def path(self) -> list[str]:
        return path(self.facts)

    @property
    def applicant(self) -> Applicant:
        return Applicant.objects.get(pk=self.instance_id)


@dataclass(slots=True)
class StillApplication(Application):
    """The same where nobody works by themselves: every word is driven as far as it goes before the next."""

    def start(self, version: int = 1) -> str:
        Application.start(self, version)
        self.drive()
        return self.instance_id

    def act(self, action: str, data: dict[str, Any] | None = None, **asked: Any) -> ActionResult:
        result = Application.act(self, action, data, **asked)
        self.drive()
        return result

    def upload(self) -> ActionResult:
        result = Application.upload(self)
        self.drive()
        return result

    def hear(self, number: int = 1) -> ActionResult:
        result = Application.hear(self, number)
        self.drive()
        return result

    def drive(self, *, skip_limits: bool = False) -> Driven:
        return go_on(self.instance_id, skip_limits=skip_limits)
