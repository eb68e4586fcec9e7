"""Scenario 1: start, NEXT with the code, the profile, the document, NEXT; the webhook approves; COMPLETED."""

from __future__ import annotations

from onboarding.demonstration.history import path
from onboarding.demonstration.people import somebody
from onboarding.demonstration.stage import Stage, expect
from onboarding.states import State

PATH = [
    State.PHONE_ENTERED,
    State.OTP_VERIFIED,
    State.PROFILE_COMPLETED,
    State.DOC_UPLOADED,
    State.EKYC_PENDING,
    State.EKYC_APPROVED,
    State.AML_PENDING,
    State.AML_CLEARED,
    State.ACCOUNT_CREATED,
    State.COMPLETED,
]


def by_http_alone(stage: Stage) -> None:
    """Everything a customer does, and nothing else."""
    customer = stage.customer(somebody())
    customer.start()
    expect("the version of new starts", customer.status()["version"], 1)
    customer.give_code()
    customer.give_profile()
    customer.give_document()
    customer.submit()
    facts = stage.ended("1 by HTTP alone", customer)
    expect("the path", path(facts), PATH)
    bank = stage.simulator.ledger(service="bank", reference=customer.instance_id)
    expect("the bank's ledger", bank.net, {"ACCOUNT": 1})
    stage.remark("one account at the bank")
