"""Under one key one thing happens, and every repeat hears the same."""

from concurrent.futures import ThreadPoolExecutor

from simulator.testing import SimulatorProcess
from simulator.tests.conftest import Account, Call


def test_a_repeat_gets_the_stored_answer_and_does_nothing(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    first = call("POST", "/bank/accounts", key="k1", body=account)
    again = call("POST", "/bank/accounts", key="k1", body=account)
    assert first == again
    assert first[0] == 201
    assert simulator.ledger(reference="ref-1").net == {"ACCOUNT": 1}
    assert [made["outcome"] for made in simulator.ledger(key="k1").calls] == ["DONE", "REPLAYED"]


def test_fifty_repeats_at_once_open_one_account(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: call("POST", "/bank/accounts", key="k1", body=account), range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert len(simulator.ledger(reference="ref-1").effects) == 1


def test_a_key_that_stands_for_another_body_is_refused(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    call("POST", "/bank/accounts", key="k1", body=account)
    status, answer = call("POST", "/bank/accounts", key="k1", body={**account, "currency": "USD"})
    assert (status, answer["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert simulator.ledger().net == {"ACCOUNT": 1}


def test_a_refusal_is_stored_like_any_answer(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    simulator.faults("bank", "accounts.open", [{"do": "refuse", "code": "NO_MORE_ACCOUNTS", "message": "None left."}])
    first = call("POST", "/bank/accounts", key="k1", body=account)
    assert first == (409, {"code": "NO_MORE_ACCOUNTS", "message": "None left.", "retryable": False})
    assert call("POST", "/bank/accounts", key="k1", body=account) == first
    assert call("POST", "/bank/accounts", key="k2", body=account)[0] == 201
    assert simulator.ledger().net == {"ACCOUNT": 1}


def test_money_does_not_move_without_a_key(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    status, answer = call("POST", "/bank/accounts", body=account)
    assert (status, answer["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")
    assert simulator.ledger().effects == []


def test_a_closed_key_stays_empty(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    closed = call("POST", "/bank/keys/k1/close")[1]
    assert closed["happened"] is False
    status, answer = call("POST", "/bank/accounts", key="k1", body=account)
    assert (status, answer["code"]) == (409, "KEY_CLOSED")
    assert simulator.ledger().effects == []


def test_closing_a_key_tells_what_had_happened(call: Call, account: Account) -> None:
    account_id = call("POST", "/bank/accounts", key="k/1#0", body=account)[1]["accountId"]
    closed = call("POST", "/bank/keys/k%2F1%230/close")[1]
    assert closed == {"key": "k/1#0", "happened": True, "operation": "accounts.open", "resourceId": account_id}


def test_a_look_up_shows_the_thing_as_it_stands_now(call: Call, account: Account) -> None:
    opened = call("POST", "/bank/accounts", key="k1", body=account)[1]
    call("DELETE", f"/bank/accounts/{opened['accountId']}", key="k2")
    for key in ("k1", "k2"):
        found = call("GET", f"/bank/keys/{key}")[1]
        assert found["outcome"] == "DONE"
        assert found["resource"] == {**opened, "status": "CLOSED"}
    assert call("GET", "/bank/keys/k3")[1]["code"] == "UNKNOWN_KEY"


def test_what_is_undone_nets_to_nothing_and_is_undone_once(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    account_id = call("POST", "/bank/accounts", key="open", body=account)[1]["accountId"]
    assert simulator.ledger(reference="ref-1").net == {"ACCOUNT": 1}
    for key in ("close", "close", "close-again"):
        assert call("DELETE", f"/bank/accounts/{account_id}", key=key)[1]["status"] == "CLOSED"
    ledger = simulator.ledger(reference="ref-1")
    assert ledger.net == {}
    assert [effect["quantity"] for effect in ledger.effects] == [1, -1]
    assert simulator.duplicates() == []


def test_a_second_account_for_one_reference_is_told_as_a_duplicate(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    for key in ("k1", "k2"):
        call("POST", "/bank/accounts", key=key, body=account)
    (duplicate,) = simulator.duplicates()
    assert (duplicate["reference"], duplicate["kind"], duplicate["quantity"]) == ("ref-1", "ACCOUNT", 2)


def test_a_body_that_does_not_fit_is_refused_with_its_fields(simulator: SimulatorProcess, call: Call) -> None:
    status, answer = call("POST", "/bank/accounts", key="k1", body={"reference": "ref-1", "currency": "eur", "x": 1})
    assert (status, answer["code"]) == (400, "INVALID_REQUEST")
    assert all(name in answer["message"] for name in ("holderName", "currency", "x"))
    assert simulator.ledger().effects == []


def test_names_that_the_demo_can_use_are_refused(call: Call, account: Account) -> None:
    account_id = call("POST", "/bank/accounts", key="k1", body=account)[1]["accountId"]
    card = {"reference": "ref-1", "accountId": account_id, "holderName": "Ada Nocard"}
    assert call("POST", "/bank/cards", key="k2", body=card)[1]["code"] == "CARD_REFUSED"
    no_account = {**account, "holderName": "Ada NOACCOUNT"}
    assert call("POST", "/bank/accounts", key="k3", body=no_account)[1]["code"] == "ACCOUNT_REFUSED"
