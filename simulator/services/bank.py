"""Core banking: accounts, wallets and cards, each opened once under its key and closed by a netting effect.

The last word of the holder's name decides, so that a demo needs no script: NOACCOUNT, NOWALLET, NOCARD are refused.
"""

from uuid import uuid4

from pydantic import Field

from simulator.act import Act, Request
from simulator.exchange import Answer, Document, Refusal
from simulator.service import Service

bank = Service("bank", single_kinds=frozenset({"ACCOUNT", "WALLET", "CARD"}))


class OpenAccount(Request):
    """An account for a holder."""

    reference: str
    holder_name: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class OpenOnAccount(Request):
    """A wallet or a card on an open account."""

    reference: str
    account_id: str
    holder_name: str = Field(min_length=1)


@bank.operation("accounts.open", "POST", "/accounts")
def open_account(act: Act) -> Answer:
    """Open an account."""
    request = act.read(OpenAccount)
    number = f"{uuid4().int % 10**10:010d}"
    document = {"status": "OPEN", "currency": request.currency, "number": number}
    return _open(act, "ACCOUNT", request.reference, request.holder_name, document)


@bank.operation("wallets.open", "POST", "/wallets")
def open_wallet(act: Act) -> Answer:
    """Open a wallet on an account."""
    request = act.read(OpenOnAccount)
    _require_open_account(act, request.account_id)
    document = {"status": "OPEN", "accountId": request.account_id}
    return _open(act, "WALLET", request.reference, request.holder_name, document)


@bank.operation("cards.open", "POST", "/cards")
def open_card(act: Act) -> Answer:
    """Issue a card on an account, ready to pay."""
    request = act.read(OpenOnAccount)
    _require_open_account(act, request.account_id)
    document = {"status": "OPEN", "accountId": request.account_id, "lastDigits": f"{uuid4().int % 10**4:04d}"}
    return _open(act, "CARD", request.reference, request.holder_name, document)


@bank.operation("accounts.close", "DELETE", "/accounts/<resource_id>")
def close_account(act: Act) -> Answer:
    """Close an account."""
    return _close(act, "ACCOUNT")


@bank.operation("wallets.close", "DELETE", "/wallets/<resource_id>")
def close_wallet(act: Act) -> Answer:
    """Close a wallet."""
    return _close(act, "WALLET")


@bank.operation("cards.close", "DELETE", "/cards/<resource_id>")
def close_card(act: Act) -> Answer:
    """Close a card for good."""
    return _close(act, "CARD")


def _require_open_account(act: Act, account_id: str) -> None:
    if act.get("ACCOUNT", account_id)["status"] != "OPEN":
        raise Refusal(409, "ACCOUNT_CLOSED", f"Account {account_id} is closed.")


def _open(act: Act, kind: str, reference: str, holder_name: str, document: Document) -> Answer:
    if holder_name.upper().split()[-1:] == [f"NO{kind}"]:
        raise Refusal(409, f"{kind}_REFUSED", f"The bank gives this holder no {kind.lower()}.")
    act.record_effect(kind, reference=reference, quantity=1)
    return Answer(201, act.create(kind, reference=reference, document=document))


def _close(act: Act, kind: str) -> Answer:
    """Close a thing; closing it again changes nothing."""
    resource_id = act.call.path["resource_id"]
    document = act.get(kind, resource_id)
    if document["status"] == "OPEN":
        act.record_effect(kind, reference=document["reference"], quantity=-1)
    return Answer(200, act.update(resource_id, {**document, "status": "CLOSED"}))
