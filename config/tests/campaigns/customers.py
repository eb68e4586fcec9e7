"""Customers who onboard by the services that the API calls, and who try again when the system could not answer.

Each call has an idempotency key of its own (instance and state), so a repeat after a lost answer does nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import Any

import psycopg
from django.db import Error as DatabaseError
from django.db import connections

from onboarding import services
from onboarding.demonstration.people import Person, passport, sanctioned, somebody
from onboarding.models import DocumentKind
from onboarding.states import Action, State
from simulator.client import SimulatorClient
from workflow import client as engine
from workflow.core.errors import ActionNotPossible, InstanceBusy

CLIENT = "campaign"
CODE = re.compile(r"\b(\d{6})\b")
COUNTERS = 6
PAUSE_SECONDS = 0.05
LISTED_EVERY = 8
TRY_AGAIN = (DatabaseError, psycopg.Error, InstanceBusy, ActionNotPossible)


@dataclass(slots=True)
class Customer:
    """One onboarding on its way."""

    simulator: SimulatorClient
    person: Person
    version: int
    instance_id: str = ""
    ended: bool = False

    @property
    def is_listed(self) -> bool:
        return self.person.last_name == sanctioned().last_name

    def start(self) -> str:
        started = services.start_onboarding(
            client=CLIENT, user_id=self.person.user_id, phone_number=self.person.phone_number, version=self.version
        )
        self.instance_id = started.instance_id
        return self.instance_id

    def advance(self) -> None:
        """Do what is to be done now, if anything is."""
        if not self.instance_id:
            self.start()
            return
        described = engine.describe(self.instance_id)
        self.ended = described.finished_at is not None
        if not self.ended and described.waiting_for and described.state in self._moves():
            self._moves()[State(described.state)](described.state)

    def _moves(self) -> dict[State, Callable[[str], Any]]:
        return {
            State.PHONE_ENTERED: self._give_code,
            State.OTP_VERIFIED: lambda state: self.act(state, self.person.profile),
            State.PROFILE_COMPLETED: self._give_document,
            State.DOC_UPLOADED: self.act,
        }

    def act(self, state: str, data: dict[str, Any] | None = None) -> None:
        services.act(instance_id=self.instance_id, action=Action.NEXT, data=data, **self._asked(state))

    def _give_code(self, state: str) -> None:
        texts = self.simulator.sms(self.person.phone_number)
        if texts and (found := CODE.search(texts[0]["text"])):
            self.act(state, {"otp": found[1]})

    def _give_document(self, state: str) -> None:
        content = passport(self.person)
        services.upload_document(
            instance_id=self.instance_id, kind=DocumentKind.PASSPORT, content=content, **self._asked(state)
        )

    def _asked(self, state: str) -> Any:
        return {"idempotency_key": f"{self.instance_id}:{state}", "scope": CLIENT, "wait": 0.0}

    def reach(self, state: State, pause: Event | None = None) -> None:
        """Go on until it stands there."""
        while engine.describe(self.instance_id).state != state:
            self.advance()
            (pause or Event()).wait(PAUSE_SECONDS)


def crowd(simulator: SimulatorClient, size: int) -> list[Customer]:
    """Both versions in turn; every eighth is listed, so that some are rejected and some rolled back."""
    numbers = count(1)
    made = []
    for number in range(size):
        person = sanctioned() if number % LISTED_EVERY >= LISTED_EVERY - 2 else somebody()
        made.append(Customer(simulator, person.but(phone_number=f"+1415{next(numbers):07d}"), 1 + number % 2))
    return made


@contextmanager
def onboarding(customers: list[Customer]) -> Iterator[Callable[[], bool]]:
    """They go about it in a few threads; what is given tells whether all have ended."""
    over = Event()
    with ThreadPoolExecutor(COUNTERS, thread_name_prefix="counter") as counters:
        served = [counters.submit(_serve, customers[share::COUNTERS], over) for share in range(COUNTERS)]

        def all_ended() -> bool:
            for counter in served:
                if counter.done():
                    counter.result()
            return all(customer.ended for customer in customers)

        try:
            yield all_ended
        finally:
            over.set()


def _serve(customers: list[Customer], over: Event) -> None:
    try:
        while not over.is_set() and (waiting := [each for each in customers if not each.ended]):
            for customer in waiting:
                if over.is_set():
                    break
                try:
                    customer.advance()
                except TRY_AGAIN:
                    connections.close_all()
            over.wait(PAUSE_SECONDS)
    finally:
        connections.close_all()
