"""One running system, from the database to the last program. Read `start`, `await_ready`, `tend`, `stop`."""

import fcntl
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tooling.postgres import Postgres
from tooling.postgres.cluster import private_file
from tooling.postgres.server import free_port
from tooling.system.environment import RUN_MARK, process_environment
from tooling.system.leftovers import clear_up_after_the_last_run, end_leftovers
from tooling.system.places import ROOT, Places
from tooling.system.programs import manage, programs
from tooling.system.static_files import static_fingerprint
from tooling.system.supervision import Supervisor

HOST_VARIABLE = "STEADFAST_HOST"
WEB_PORT = 8080
SIMULATOR_PORT = 8081
PORTS_TRIED = 100
READY_SECONDS_MAX = 120.0
GLANCE_SECONDS = 0.3
DATABASE_SETTINGS = {"max_connections": "200"}
OUTPUT_LINES_SHOWN = 25


class SystemFailed(Exception):
    """The system could not start or cannot go on; the message says which part, and shows the end of its log."""


class AlreadyRunning(SystemFailed):
    """Another system runs on this folder."""


class System:
    """The system on one folder. `driven` adds the driver that keeps starting onboardings; `say` tells the terminal."""

    environment: dict[str, str]

    def __init__(self, var: Path, *, driven: bool, say: Callable[[str], None], web_port: int = WEB_PORT) -> None:
        self.places = Places(var)
        self.driven = driven
        self._say = say
        self._first_web_port = web_port
        self._closing = ExitStack()
        self._postgres: Postgres | None = None
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Everything in order; returns when everything answers."""
        self.places.make()
        self._hold()
        clear_up_after_the_last_run(self.places)
        database_url = os.environ.get("DATABASE_URL") or self._start_postgres()
        self.host = os.environ.get(HOST_VARIABLE) or "127.0.0.1"
        self.web_port = next_free_port(self._first_web_port)
        self.simulator_port = next_free_port(max(SIMULATOR_PORT, self.web_port + 1))
        self.environment = process_environment(
            self.places,
            database_url=database_url,
            host=self.host,
            web_port=self.web_port,
            simulator_port=self.simulator_port,
        )
        self._closing.callback(end_leftovers, self.environment[RUN_MARK])
        self._prepare()
        self._start_programs()
        self.await_ready()
        self._write_state()
        return self

    def await_ready(self) -> None:
        """Until every program runs and both servers answer; a program that keeps failing ends the wait."""
        self._say("Waiting until everything answers")
        give_up_at = time.monotonic() + READY_SECONDS_MAX
        while not self._ready():
            self._complain_of_failures()
            if time.monotonic() > give_up_at:
                raise SystemFailed(f"Not everything answers after {READY_SECONDS_MAX:.0f} s: {self._standing()}")
            time.sleep(GLANCE_SECONDS)

    def tend(self) -> None:
        """One look at everything: the database is started again, a program that was given up gets another try."""
        if self._postgres and not self._postgres.alive:
            self._say("PostgreSQL has ended; starting it again")
            self._postgres.restart()
        if not self._need_supervisor().alive:
            raise SystemFailed(f"The supervisor has ended; see {self.places.log / 'supervisor.log'}.")
        for state in self._need_supervisor().states():
            if state.failed:
                self._say(f"{state.name} keeps failing; trying again (its log: {state.log})")
                self._need_supervisor().start_again(state)

    def manage(self, *words: str) -> None:
        """Runs a management command in the system's environment; its output is shown if it fails."""
        ended = subprocess.run(
            manage(*words),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ended.returncode:
            ending = "\n".join(ended.stdout.splitlines()[-OUTPUT_LINES_SHOWN:])
            raise SystemFailed(f"{ending}\n\n`manage.py {words[0]}` failed.")

    def stop(self) -> None:
        """Ends the programs, then whatever is left of them, then the database; safe to repeat."""
        self._closing.close()

    def _hold(self) -> None:
        lock = self._closing.enter_context(self.places.lock.open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            state = self.places.state()
            where = f" at {state['urls']['admin']} (process {state['pid']})" if state else ""
            raise AlreadyRunning(f"A system runs already on {self.places.var}{where}.") from error
        self.places.pid.write_text(str(os.getpid()))
        self._closing.callback(self.places.pid.unlink, missing_ok=True)
        self._closing.callback(self.places.state_file.unlink, missing_ok=True)

    def _start_postgres(self) -> str:
        self._say("Starting PostgreSQL")
        self._postgres = Postgres(self.places.postgres, settings=DATABASE_SETTINGS)
        self._closing.callback(self._postgres.stop)
        return self._postgres.start().url

    def _prepare(self) -> None:
        self._say("Migrating the database")
        self.manage("migrate", "--no-input")
        self._say("Loading demo data")
        self.manage("demo_data")
        fingerprint = static_fingerprint()
        stamp = self.places.static_stamp
        if not stamp.exists() or stamp.read_text() != fingerprint:
            self._say("Collecting static files")
            self.manage("collectstatic", "--no-input", "--clear")
            stamp.write_text(fingerprint)

    def _start_programs(self) -> None:
        self._say("Starting web, workers, queue and the simulated providers")
        wanted = programs(
            self.places,
            host=self.host,
            web_port=self.web_port,
            simulator_port=self.simulator_port,
            driven=self.driven,
        )
        self._supervisor = Supervisor(wanted, self.places, self.environment)
        self._closing.callback(self._supervisor.stop)

    def _ready(self) -> bool:
        states = self._need_supervisor().states()
        answering = answers(f"{self.web_url}/readyz") and answers(f"{self.simulator_url}/healthz")
        return bool(states) and all(state.running for state in states) and answering

    def _complain_of_failures(self) -> None:
        if not self._need_supervisor().alive:
            log = self.places.log / "supervisor.out"
            raise SystemFailed(f"{log.read_text()}\nThe supervisor did not start.")
        for state in self._need_supervisor().states():
            if state.failed:
                raise SystemFailed(f"{state.last_words()}\n\n{state.name} does not start; its log: {state.log}")

    def _standing(self) -> str:
        states = ", ".join(f"{state.name} {state.state}" for state in self._need_supervisor().states())
        return (
            f"{states}; {self.web_url}/readyz {'answers' if answers(f'{self.web_url}/readyz') else 'does not answer'}."
        )

    def _need_supervisor(self) -> Supervisor:
        if self._supervisor is None:
            raise SystemFailed("The system has not been started.")
        return self._supervisor

    def _write_state(self) -> None:
        """What `make demo` and other commands need to talk to this system."""
        state = {
            "pid": os.getpid(),
            "urls": {"web": self.web_url, "admin": f"{self.web_url}/admin/", "simulator": self.simulator_url},
            "supervisor": str(self._need_supervisor().control),
            "environment": {name: value for name, value in self.environment.items() if os.environ.get(name) != value},
        }
        private_file(self.places.state_file, json.dumps(state, indent=2))

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"


def next_free_port(first: int) -> int:
    """The first port from `first` on that nobody uses."""
    for port in range(first, first + PORTS_TRIED):
        try:
            return free_port(port)
        except OSError:
            continue
    raise SystemFailed(f"No port between {first} and {first + PORTS_TRIED} is free.")


def answers(url: str) -> bool:
    """Whether an address answers, and well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
