"""How the demo driver's customers behave: most complete, some do not, some are left for staff."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from onboarding.demonstration.customer import CallRefused, Customer
from onboarding.demonstration.people import Person, doubtful, sanctioned, somebody

WRONG_CODE = "000000"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes, what they do, and how often of a hundred."""

    name: str
    of_a_hundred: int
    person: Callable[[], Person]
    act: Callable[[Customer], None]


def completes(customer: Customer) -> None:
    """Everything, at once."""
    customer.give_code()
    customer.give_profile()
    customer.give_document()
    customer.submit()


def mistypes(customer: Customer) -> None:
    """A wrong code, another one sent, then everything."""
    customer.code()
    try:
        customer.next({"otp": WRONG_CODE})
    except CallRefused as refused:
        customer.told(f"refused: {refused.problem.get('code')}")
    customer.resend()
    completes(customer)


def leaves_after_the_code(customer: Customer) -> None:
    """Comes no further; the state's limit ends it."""
    customer.give_code()


def named(last_name: str) -> Callable[[], Person]:
    """Somebody whose last name makes a provider decide."""
    return lambda: somebody().but(last_name=last_name)


VISITS = (
    Visit("completes", 52, somebody, completes),
    Visit("mistypes the code first", 10, somebody, mistypes),
    Visit("is rejected by the identity provider", 8, named("Rejected"), completes),
    Visit("is on a sanctions list", 8, sanctioned, completes),
    Visit("is like somebody on a sanctions list", 6, doubtful, completes),
    Visit("gets no card from the bank", 6, named("Nocard"), completes),
    Visit("is decided twice", 4, named("Twice"), completes),
    Visit("is never decided", 2, named("Silent"), completes),
    Visit("leaves after the code", 4, somebody, leaves_after_the_code),
)


def next_visit() -> Visit:
    """One of them, by its share."""
    place = secrets.randbelow(sum(visit.of_a_hundred for visit in VISITS))
    for visit in VISITS:
        place -= visit.of_a_hundred
        if place < 0:
            return visit
    raise AssertionError("the shares add up")
