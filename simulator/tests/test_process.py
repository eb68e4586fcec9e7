"""The process starts at once, lasts through a crash, ends when told, and shows itself."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import urllib3

from simulator.process import PROJECT, SimulatorNotStarted, SimulatorProcess
from simulator.testing import running_simulator
from simulator.tests.conftest import Account, Call

PARENT = """
import sys, time
from pathlib import Path
from simulator.process import SimulatorProcess
simulator = SimulatorProcess(Path(sys.argv[1]))
print(simulator._process.pid, flush=True)
time.sleep(60)
"""


def test_what_was_answered_survives_a_crash(simulator: SimulatorProcess, call: Call, account: Account) -> None:
    before = call("POST", "/bank/accounts", key="k1", body=account)
    simulator.kill()
    simulator.start_again()
    assert call("POST", "/bank/accounts", key="k1", body=account) == before
    assert simulator.ledger().net == {"ACCOUNT": 1}


def test_sigterm_ends_it_cleanly_although_a_call_is_held(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator, urllib3.PoolManager() as http:
        simulator.faults("bank", "*", [{"do": "slow", "seconds": 600}])
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            http.request("GET", f"{simulator.url}/bank/keys/k1", timeout=0.2, retries=False)
        assert simulator.stop() == 0


def test_a_second_process_on_one_ledger_is_refused(tmp_path: Path) -> None:
    with running_simulator(tmp_path), pytest.raises(SimulatorNotStarted):
        SimulatorProcess(tmp_path)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=10)


def test_a_reset_forgets_everything_even_a_call_on_its_way(
    simulator: SimulatorProcess, call: Call, account: Account
) -> None:
    simulator.faults("bank", "accounts.open", [{"do": "slow", "seconds": 600}])
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        call("POST", "/bank/accounts", key="k1", body=account, timeout=0.1)
    simulator.reset()
    ledger = simulator.ledger()
    assert (ledger.calls, ledger.effects) == ([], [])
    assert call("POST", "/bank/accounts", key="k1", body=account)[0] == 201


def test_the_inbox_is_read_by_number_with_or_without_an_escaped_plus(simulator: SimulatorProcess, call: Call) -> None:
    for key, to, text in [
        ("k1", "+14155550123", "one"),
        ("k2", "+14155550124", "other"),
        ("k3", "+14155550123", "two"),
    ]:
        assert call("POST", "/sms/messages", key=key, body={"reference": "r", "to": to, "text": text})[0] == 201
    assert [message["text"] for message in simulator.sms("+14155550123")] == ["two", "one"]
    assert len(call("GET", "/sms/messages?to=+14155550123")[1]["messages"]) == 2


def test_the_page_shows_what_happened_without_a_script(simulator: SimulatorProcess, call: Call) -> None:
    call("POST", "/sms/messages", key="k1", body={"reference": "r", "to": "+14155550123", "text": "<b>Your code</b>"})
    with urllib3.PoolManager() as http:
        page = http.request("GET", f"{simulator.url}/").data.decode()
    assert "&lt;b&gt;Your code&lt;/b&gt;" in page
    assert "<script" not in page


def test_health_and_what_is_not_there(call: Call) -> None:
    assert call("GET", "/healthz") == (200, {"status": "ok"})
    assert call("GET", "/nothing")[0] == 404
