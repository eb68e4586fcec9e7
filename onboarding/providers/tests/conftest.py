"""The adapters over a real simulator process, and the calls that every one of them must keep its promises for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from onboarding.providers.http import HttpCoreBanking, HttpEkycProvider, HttpSmsSender
from onboarding.providers.ports import (
    AccountRequest,
    CardRequest,
    CheckRequest,
    KeyClosed,
    Message,
    TextMessage,
    WalletRequest,
)
from simulator.testing import SimulatorProcess, simulator, simulator_process, webhook_receiver

__all__ = ["simulator", "simulator_process", "webhook_receiver"]

REFERENCE = "onboarding-1"
CORRELATION_ID = "correlation-1"
TIMEOUT_SECONDS = 5.0
HOLDER = "Ada Lovelace"


@dataclass(frozen=True)
class Effect:
    """One call that changes the world, with the questions about it."""

    service: str
    operation: str
    kind: str
    act: Callable[[str, float], Message]  # key, timeout
    act_otherwise: Callable[[str], Message]  # another request under the key
    look_up: Callable[[str], Message | None]
    close_key: Callable[[str], KeyClosed]


def check_request(url: str = "http://127.0.0.1:9/", *, last_name: str = "Lovelace") -> CheckRequest:
    return CheckRequest(
        reference=REFERENCE,
        first_name="Ada",
        last_name=last_name,
        date_of_birth=date(1990, 12, 10),
        document_reference="document-1",
        callback_url=url,
    )


@pytest.fixture
def sms(simulator: SimulatorProcess) -> HttpSmsSender:
    return HttpSmsSender(simulator.url, secret="sms-token")


@pytest.fixture
def ekyc(simulator: SimulatorProcess) -> HttpEkycProvider:
    return HttpEkycProvider(simulator.url, secret=simulator.webhook_secret)


@pytest.fixture
def bank(simulator: SimulatorProcess) -> HttpCoreBanking:
    return HttpCoreBanking(simulator.url)


@pytest.fixture(params=["message", "check", "account", "wallet", "card"])
def effect(request: pytest.FixtureRequest, sms: HttpSmsSender, ekyc: HttpEkycProvider, bank: HttpCoreBanking) -> Effect:
    """Each call in turn."""
    made = {"message": lambda: _message(sms), "check": lambda: _check(ekyc), "account": lambda: _account(bank)}
    made |= {"wallet": lambda: _wallet(bank), "card": lambda: _card(bank)}
    return made[request.param]()


def _message(sms: HttpSmsSender) -> Effect:
    def send(key: str, timeout: float, text: str = "Your code is 123456") -> Message:
        message = TextMessage(reference=REFERENCE, to="+14155550123", text=text)
        return sms.send(message, key=key, correlation_id=CORRELATION_ID, timeout=timeout)

    return Effect(
        "sms",
        "messages.send",
        "MESSAGE",
        send,
        lambda key: send(key, TIMEOUT_SECONDS, "Something else"),
        lambda key: sms.look_up_message(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
        lambda key: sms.close_key(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
    )


def _check(ekyc: HttpEkycProvider) -> Effect:
    def submit(key: str, timeout: float, last_name: str = "Silent") -> Message:
        request = check_request(last_name=last_name)
        return ekyc.submit_check(request, key=key, correlation_id=CORRELATION_ID, timeout=timeout)

    return Effect(
        "ekyc",
        "checks.submit",
        "CHECK",
        submit,
        lambda key: submit(key, TIMEOUT_SECONDS, "Lovelace"),
        lambda key: ekyc.look_up_check(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
        lambda key: ekyc.close_key(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
    )


def _account(bank: HttpCoreBanking) -> Effect:
    def open_account(key: str, timeout: float, currency: str = "EUR") -> Message:
        request = AccountRequest(reference=REFERENCE, holder_name=HOLDER, currency=currency)
        return bank.open_account(request, key=key, correlation_id=CORRELATION_ID, timeout=timeout)

    return Effect(
        "bank",
        "accounts.open",
        "ACCOUNT",
        open_account,
        lambda key: open_account(key, TIMEOUT_SECONDS, "USD"),
        lambda key: bank.look_up_account(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
        lambda key: bank.close_key(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
    )


def _wallet(bank: HttpCoreBanking) -> Effect:
    account_id = _open_account(bank)

    def open_wallet(key: str, timeout: float, holder_name: str = HOLDER) -> Message:
        request = WalletRequest(reference=REFERENCE, account_id=account_id, holder_name=holder_name)
        return bank.open_wallet(request, key=key, correlation_id=CORRELATION_ID, timeout=timeout)

    return Effect(
        "bank",
        "wallets.open",
        "WALLET",
        open_wallet,
        lambda key: open_wallet(key, TIMEOUT_SECONDS, "Somebody Else"),
        lambda key: bank.look_up_wallet(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
        lambda key: bank.close_key(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
    )


def _card(bank: HttpCoreBanking) -> Effect:
    account_id = _open_account(bank)

    def open_card(key: str, timeout: float, holder_name: str = HOLDER) -> Message:
        request = CardRequest(reference=REFERENCE, account_id=account_id, holder_name=holder_name)
        return bank.open_card(request, key=key, correlation_id=CORRELATION_ID, timeout=timeout)

    return Effect(
        "bank",
        "cards.open",
        "CARD",
        open_card,
        lambda key: open_card(key, TIMEOUT_SECONDS, "Somebody Else"),
        lambda key: bank.look_up_card(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
        lambda key: bank.close_key(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS),
    )


def _open_account(bank: HttpCoreBanking) -> str:
    request = AccountRequest(reference=REFERENCE, holder_name=HOLDER, currency="EUR")
    return bank.open_account(request, key="the-account", correlation_id="", timeout=TIMEOUT_SECONDS).account_id
