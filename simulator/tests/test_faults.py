"""A fault script decides, call by call, whether the provider acts and whether it answers."""

import pytest
import urllib3

from simulator.testing import SimulatorError, SimulatorProcess
from simulator.tests.conftest import Account, Call


@pytest.mark.parametrize(("fault", "happened"), [("error_before", 0), ("error_after", 1)])
def test_a_500_says_nothing_about_what_happened(
    simulator: SimulatorProcess, call: Call, account: Account, fault: str, happened: int
) -> None:
    simulator.faults("bank", "accounts.open", [fault])
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 500
    assert len(simulator.ledger().effects) == happened
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 201
    assert len(simulator.ledger().effects) == 1


@pytest.mark.parametrize(("fault", "happened"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_held_call_ends_when_its_caller_hangs_up(
    simulator: SimulatorProcess, call: Call, account: Account, fault: str, happened: int
) -> None:
    simulator.faults("bank", "accounts.open", [fault])
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        call("POST", "/bank/accounts", key="k1", body=account, timeout=0.2)
    simulator.wait_for(lambda world: world.ledger(key="k1").has_answered("accounts.open"))
    assert len(simulator.ledger().effects) == happened


def test_a_slow_call_acts_although_its_caller_has_gone(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    simulator.faults("bank", "accounts.open", [{"do": "slow", "seconds": 1}])
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        call("POST", "/bank/accounts", key="k1", body=account, timeout=0.1)
    assert simulator.ledger().effects == []
    simulator.wait_for(lambda world: world.ledger(key="k1").effects)


def test_a_key_closed_meanwhile_stops_a_slow_call(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    simulator.faults("bank", "accounts.open", [{"do": "slow", "seconds": 1}])
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        call("POST", "/bank/accounts", key="k1", body=account, timeout=0.1)
    assert call("POST", "/bank/keys/k1/close")[1]["happened"] is False
    simulator.wait_for(lambda world: world.ledger(key="k1").has_answered("accounts.open"))
    assert simulator.ledger().effects == []


def test_entries_are_taken_in_order_by_matching_calls_alone(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    simulator.faults("bank", "accounts.open", ["error_before", "ok", "error_before"], reference="ref-1")
    assert call("POST", "/bank/accounts", key="other", body={**account, "reference": "ref-2"})[0] == 201
    statuses = [call("POST", "/bank/accounts", key="k1", body=account)[0] for _ in range(4)]
    assert statuses == [500, 201, 500, 201]


def test_a_script_is_repeated_as_often_as_asked(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    simulator.faults("bank", "*", ["error_before", "ok"], key="k1", repeat=2)
    statuses = [call("POST", "/bank/accounts", key="k1", body=account)[0] for _ in range(5)]
    assert statuses == [500, 201, 500, 201, 201]


def test_a_look_up_can_fail_and_is_matched_by_its_reference(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    call("POST", "/bank/accounts", key="k1", body=account)
    simulator.faults("bank", "keys.look_up", ["error_before"], reference="ref-1")
    assert call("GET", "/bank/keys/k1")[0] == 500
    assert call("GET", "/bank/keys/k1")[0] == 200


def test_a_script_survives_a_crash(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    simulator.faults("bank", "accounts.open", ["error_before", "error_after"])
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 500
    simulator.kill()
    simulator.start_again()
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 500
    assert len(simulator.ledger().effects) == 1


def test_clearing_the_scripts_lets_all_go_well(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    simulator.faults("bank", "*", ["error_before"], repeat=1000)
    simulator.clear_faults()
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 201


def test_a_script_for_nothing_is_refused_aloud(simulator: SimulatorProcess) -> None:
    for service, operation, entry in [("bank", "accounts.burn", "ok"), ("bnak", "*", "ok"), ("bank", "*", "explode")]:
        with pytest.raises(SimulatorError, match="400"):
            simulator.faults(service, operation, [entry])
