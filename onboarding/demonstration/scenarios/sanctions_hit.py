"""Scenario 2: v2 with a sanctions hit: COMPENSATED, card, wallet and account undone in this order, the ledger empty."""

from __future__ import annotations

from onboarding.demonstration.history import undos
from onboarding.demonstration.people import sanctioned
from onboarding.demonstration.stage import Stage, expect, start_under

UNDOS = ["UNDO_CARD_ACTIVATION", "UNDO_WALLET_CREATION", "UNDO_ACCOUNT_CREATION"]


def sanctions_hit(stage: Stage) -> None:
    """A listed person under another spelling."""
    customer = stage.customer(sanctioned())
    start_under(customer, ONBOARDING_DEFAULT_VERSION="2")
    customer.give_code()
    customer.give_profile()
    customer.give_document()
    customer.submit()
    facts = stage.ended("2 sanctions hit", customer)
    expect("the status", stage.endings[-1].status, "COMPENSATED")
    expect("the undos", undos(facts), UNDOS)
    bank = stage.simulator.ledger(service="bank", reference=customer.instance_id)
    expect("what is left at the bank", bank.net, {})
    stage.remark("undone: card, wallet, account; nothing left at the bank")
    stage.say(f"    undone: {', '.join(UNDOS)}; the bank's ledger nets to nothing")
