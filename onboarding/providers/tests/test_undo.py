"""What was opened is closed once, and the provider's ledger nets to nothing."""

import pytest

from onboarding.providers.errors import ProviderError, ProviderTimeout
from onboarding.providers.http import HttpCoreBanking, HttpEkycProvider
from onboarding.providers.ports import Account, AccountRequest, CardRequest, CheckStatus, ProductStatus, WalletRequest
from onboarding.providers.tests.conftest import CORRELATION_ID, HOLDER, REFERENCE, TIMEOUT_SECONDS, check_request
from simulator.testing import SimulatorProcess
from workflow import Refused


class Bank:
    """The bank's calls with what never changes filled in."""

    def __init__(self, bank: HttpCoreBanking) -> None:
        self._bank = bank

    def open_all(self) -> tuple[str, str, str]:
        """An account, a wallet and a card: their ids."""
        request = AccountRequest(reference=REFERENCE, holder_name=HOLDER, currency="EUR")
        account = self._bank.open_account(request, key="a", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
        given = {"reference": REFERENCE, "account_id": account.account_id, "holder_name": HOLDER}
        wallet = self._bank.open_wallet(
            WalletRequest(**given), key="w", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS
        )
        card = self._bank.open_card(
            CardRequest(**given), key="c", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS
        )
        return account.account_id, wallet.wallet_id, card.card_id

    def close_account(self, account_id: str, key: str, timeout: float = TIMEOUT_SECONDS) -> Account:
        return self._bank.close_account(account_id, key=key, correlation_id=CORRELATION_ID, timeout=timeout)


@pytest.fixture
def customer(bank: HttpCoreBanking) -> Bank:
    return Bank(bank)


def test_a_rollback_of_everything_nets_to_nothing(
    simulator: SimulatorProcess, bank: HttpCoreBanking, customer: Bank
) -> None:
    account_id, wallet_id, card_id = customer.open_all()
    assert simulator.ledger(reference=REFERENCE).net == {"ACCOUNT": 1, "WALLET": 1, "CARD": 1}
    card = bank.close_card(card_id, key="uc", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    wallet = bank.close_wallet(wallet_id, key="uw", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    account = customer.close_account(account_id, "ua")
    assert {card.status, wallet.status, account.status} == {ProductStatus.CLOSED}
    assert simulator.ledger(reference=REFERENCE).net == {}
    assert simulator.duplicates() == []


def test_an_undo_that_timed_out_after_acting_takes_effect_once(simulator: SimulatorProcess, customer: Bank) -> None:
    account_id, _, _ = customer.open_all()
    simulator.faults("bank", "accounts.close", ["timeout_after", "error_after"])
    with pytest.raises(ProviderTimeout):
        customer.close_account(account_id, "ua", timeout=0.2)
    with pytest.raises(ProviderError):
        customer.close_account(account_id, "ua")
    assert customer.close_account(account_id, "ua").status is ProductStatus.CLOSED
    assert "ACCOUNT" not in simulator.ledger(reference=REFERENCE).net


def test_a_look_up_under_either_key_shows_the_account_closed(bank: HttpCoreBanking, customer: Bank) -> None:
    account_id, _, _ = customer.open_all()
    customer.close_account(account_id, "ua")
    for key in ("a", "ua"):
        found = bank.look_up_account(key, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
        assert found is not None
        assert found.status is ProductStatus.CLOSED


def test_a_key_of_another_kind_of_thing_is_an_error_not_a_nothing(bank: HttpCoreBanking, customer: Bank) -> None:
    customer.open_all()
    with pytest.raises(ProviderError, match="no Card"):
        bank.look_up_card("a", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)


def test_closing_what_never_was_is_refused(customer: Bank) -> None:
    with pytest.raises(Refused) as refusal:
        customer.close_account("account_0", "ua")
    assert refusal.value.code == "UNKNOWN_ACCOUNT"


def test_a_card_on_a_closed_account_is_refused(bank: HttpCoreBanking, customer: Bank) -> None:
    account_id, _, _ = customer.open_all()
    customer.close_account(account_id, "ua")
    request = CardRequest(reference=REFERENCE, account_id=account_id, holder_name=HOLDER)
    with pytest.raises(Refused) as refusal:
        bank.open_card(request, key="c2", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert refusal.value.code == "ACCOUNT_CLOSED"


def test_a_check_found_by_closing_its_key_is_cancelled(simulator: SimulatorProcess, ekyc: HttpEkycProvider) -> None:
    simulator.faults("ekyc", "checks.submit", ["error_after"])
    with pytest.raises(ProviderError):
        ekyc.submit_check(
            check_request(last_name="Silent"), key="s", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS
        )
    closed = ekyc.close_key("s", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert closed.happened
    cancelled = ekyc.cancel_check(closed.resource_id, key="u", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert cancelled.status is CheckStatus.CANCELLED
    assert simulator.ledger(reference=REFERENCE).net == {}
