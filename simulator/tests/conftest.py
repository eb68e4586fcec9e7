"""The simulator itself is under test: a process, empty for each test, and a provider's client to speak to it."""

from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from simulator.testing import SimulatorProcess, simulator, simulator_process, webhook_receiver

__all__ = ["simulator", "simulator_process", "webhook_receiver"]

Reply = tuple[int, dict[str, Any]]
Call = Callable[..., Reply]
Account = dict[str, str]


@pytest.fixture
def call(simulator: SimulatorProcess) -> Call:
    """One request to a service: `call("POST", "/bank/accounts", key="k", body={...})` -> status and body."""

    def ask(method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None, timeout: float = 10) -> Reply:
        headers = {"Idempotency-Key": key} if key else {}
        with urllib3.PoolManager() as http:
            answer = http.request(
                method, simulator.url + path, json=body, headers=headers, timeout=timeout, retries=False
            )
            return answer.status, answer.json()

    return ask


@pytest.fixture
def account() -> Account:
    """A request for an account."""
    return {"reference": "ref-1", "holderName": "Ada Lovelace", "currency": "EUR"}
