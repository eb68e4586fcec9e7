"""Accounts, wallets and cards, as the bank told us. Noting one again, or closing a closed one, changes nothing.

The bank is asked first, outside any transaction; these write down its answer, so that a repeat after a crash finds it.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import transaction

from onboarding.models import Account, Applicant, Card, ProductStatus, Wallet
from onboarding.models.versioned import WorkflowNow
from onboarding.providers import ports
from onboarding.services.applications import move_applicant
from onboarding.states import State

AnyProduct = TypeVar("AnyProduct", Account, Wallet, Card)


def record_account(*, instance_id: str, opened: ports.Account) -> None:
    """The bank opened an account."""
    facts = {"account_id": opened.account_id, "number": opened.number, "currency": opened.currency}
    _record(Account, instance_id, State.ACCOUNT_CREATED, **facts)


def record_wallet(*, instance_id: str, opened: ports.Wallet) -> None:
    """The bank opened a wallet on the account."""
    account = Account.objects.get(account_id=opened.account_id)
    _record(Wallet, instance_id, State.WALLET_CREATED, account=account, wallet_id=opened.wallet_id)


def record_card(*, instance_id: str, opened: ports.Card) -> None:
    """The bank activated a card on the account."""
    account = Account.objects.get(account_id=opened.account_id)
    facts = {"account": account, "card_id": opened.card_id, "last_digits": opened.last_digits}
    _record(Card, instance_id, State.CARD_ACTIVATED, **facts)


def close_account(*, instance_id: str) -> None:
    """The bank closed the account."""
    _close(Account, instance_id)


def close_wallet(*, instance_id: str) -> None:
    """The bank closed the wallet."""
    _close(Wallet, instance_id)


def close_card(*, instance_id: str) -> None:
    """The bank closed the card."""
    _close(Card, instance_id)


def _record(model: type[AnyProduct], instance_id: str, to: State, **facts: object) -> None:
    with transaction.atomic():
        applicant = Applicant.objects.select_for_update().get(pk=instance_id)
        if not model.objects.filter(applicant=applicant).exists():
            model.objects.create(applicant=applicant, **facts)
            move_applicant(applicant, to)


def _close(model: type[AnyProduct], instance_id: str) -> None:
    with transaction.atomic():
        product = model.objects.select_for_update().filter(applicant_id=instance_id).first()
        if product is not None and product.status == ProductStatus.OPEN:
            product.close()
            product.store("status", closed_at=WorkflowNow())
