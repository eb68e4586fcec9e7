"""The simulator as a child process: started on a free port, stopped, killed and started again on the same ledger."""

import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.__main__ import WEBHOOK_SECRET_DEFAULT
from simulator.client import SimulatorClient

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 15.0
GREETING = "listening on "


class SimulatorNotStarted(RuntimeError):
    """The process ended, or said nothing, instead of listening."""


class SimulatorProcess(SimulatorClient):
    """A running simulator and its client in one. Ends with the process that started it."""

    def __init__(self, data: Path, *, webhook_delay_seconds: float = 0.05, webhook_secret: str = "") -> None:
        """Start it; `webhook_secret` is by default that of EKYC_SECRET, else that of development."""
        self.data = data
        self.webhook_secret = webhook_secret or os.environ.get("EKYC_SECRET") or WEBHOOK_SECRET_DEFAULT
        self._webhook_delay_seconds = webhook_delay_seconds
        self._process = self._start(port=0)
        super().__init__(self._read_url())

    def stop(self) -> int:
        """End it as a supervisor would; its exit code."""
        self._process.terminate()
        return self._ended()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._ended()

    def start_again(self) -> None:
        """Start it on the same port and ledger."""
        self._process = self._start(port=int(self.url.rsplit(":", 1)[1]))
        self._read_url()

    def _start(self, *, port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "simulator", "--port", str(port), "--data", str(self.data)]
        command += ["--webhook-delay-seconds", str(self._webhook_delay_seconds), "--end-with-parent"]
        environment = {**os.environ, "EKYC_SECRET": self.webhook_secret}
        return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603

    def _read_url(self) -> str:
        assert self._process.stdout is not None, "the process was started with a pipe"
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(START_SECONDS_MAX) else ""
        if not line.startswith(GREETING):
            self.kill()
            raise SimulatorNotStarted(f"The simulator over {self.data} said {line!r} instead of where it listens.")
        return line.removeprefix(GREETING).strip()

    def _ended(self) -> int:
        try:
            return self._process.wait(STOP_SECONDS_MAX)
        finally:
            if self._process.stdout is not None:
                self._process.stdout.close()


@contextmanager
def running_simulator(
    data: Path | None = None, *, webhook_delay_seconds: float = 0.05, webhook_secret: str = ""
) -> Iterator[SimulatorProcess]:
    """A simulator for the length of a block, over a temporary ledger unless `data` names a folder."""
    with tempfile.TemporaryDirectory(prefix="simulator-") as folder:
        simulator = SimulatorProcess(
            data or Path(folder), webhook_delay_seconds=webhook_delay_seconds, webhook_secret=webhook_secret
        )
        try:
            yield simulator
        finally:
            simulator.close()
            simulator.kill()
