"""The supervisor: started, asked, and ended. It restarts each program alone."""

import shutil
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from tooling.postgres.cluster import private_file
from tooling.system.environment import RUN_MARK
from tooling.system.leftovers import remember_this_run
from tooling.system.places import ROOT, Places
from tooling.system.programs import STOP_SECONDS_MAX, Program, supervisor_configuration

LOG_LINES_SHOWN = 25
FAILED_STATES = frozenset({"FATAL", "UNKNOWN"})


@dataclass(frozen=True)
class ProgramState:
    """What the supervisor says of one process."""

    name: str
    group: str
    state: str
    pid: int
    log: Path

    @property
    def running(self) -> bool:
        return self.state == "RUNNING"

    @property
    def failed(self) -> bool:
        return self.state in FAILED_STATES

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_LINES_SHOWN:])


class Supervisor:
    """One supervisord with the given programs; its control socket lies in a short temporary folder."""

    def __init__(self, programs: Sequence[Program], places: Places, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="steadfast-supervisor-"))
        self.control = self._folder / "control"
        remember_this_run(places, mark=environment[RUN_MARK], folder=str(self._folder))
        configuration = supervisor_configuration(programs, places, self.control)
        file = private_file(places.run / "supervisord.conf", configuration)
        command = [
            sys.executable,
            "-m",
            "tooling.tether",
            sys.executable,
            "-m",
            "supervisor.supervisord",
            "-c",
            str(file),
        ]
        with (places.log / "supervisor.out").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def states(self) -> list[ProgramState]:
        """Every process; none as long as the supervisor does not answer."""
        try:
            answers: Any = self._ask().supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return []
        return [
            ProgramState(each["name"], each["group"], each["statename"], each["pid"], Path(each["stdout_logfile"]))
            for each in answers
        ]

    def start_again(self, state: ProgramState) -> None:
        """Another try for a program that the supervisor has given up."""
        self._ask().supervisor.startProcess(f"{state.group}:{state.name}", False)

    def stop(self) -> None:
        """Ends all programs, the last one started first, and the supervisor."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX * 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self.control}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
