"""pytest fixtures: one simulator process for the session, empty at the start of each test, and a receiver of webhooks.

    from simulator.testing import simulator, simulator_process, webhook_receiver  # in a conftest

Outside pytest use `running_simulator()` or, for one that runs already, `SimulatorClient(url)`.
"""

from collections.abc import Iterator

import pytest

from simulator.client import LedgerView, SimulatorClient, SimulatorError
from simulator.process import SimulatorProcess, running_simulator
from simulator.receiver import Delivery, WebhookReceiver, webhooks_received

__all__ = [
    "Delivery",
    "LedgerView",
    "SimulatorClient",
    "SimulatorError",
    "SimulatorProcess",
    "WebhookReceiver",
    "running_simulator",
    "simulator",
    "simulator_process",
    "webhook_receiver",
    "webhooks_received",
]


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    """The process that the tests of a session share."""
    with running_simulator() as process:
        yield process


@pytest.fixture
def simulator(simulator_process: SimulatorProcess) -> SimulatorProcess:
    """The outside world, empty."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """A server to send webhooks to."""
    with webhooks_received() as receiver:
        yield receiver
