"""One server: start, stop, restart, address. Read `start`, `_launch`, `_await_ready`, `_end`."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from tooling.postgres import guardian
from tooling.postgres.binaries import Binaries, find_binaries
from tooling.postgres.cluster import DATABASE, USER, make_cluster
from tooling.postgres.folder import ServerFolder
from tooling.postgres.identity import Identity, identity_for, scratch_folder, within_reach

SETTINGS = {"max_connections": "300", "shared_buffers": "256MB", "timezone": "UTC", "log_timezone": "UTC"}
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
PORT_ATTEMPTS = 5
GLANCE_SECONDS = 0.02
STOP_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class PostgresFailed(Exception):
    """The server did not start; the message carries the end of its log."""


class Postgres:
    """A server of its own on a free port of 127.0.0.1 and on a socket.

    `data` is a folder that keeps the cluster, its password and its log; without it all is thrown away at the end.
    `settings` go to the server as `-c name=value`; `choice` is what STEADFAST_POSTGRES takes.
    """

    port: int
    folder: ServerFolder

    def __init__(
        self, data: Path | None = None, *, settings: Mapping[str, str] | None = None, choice: str | None = None
    ) -> None:
        self.settings = {**SETTINGS, **(settings or {})}
        self._data = data.absolute() if data else None
        self._choice = choice
        self._scratch: Path | None = None
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address over TCP, with the password."""
        return f"postgres://{USER}:{self.folder.password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def socket_url(self) -> str:
        """The same over the socket."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgres://{USER}:{self.folder.password}@{host}:{self.port}/{DATABASE}"

    @property
    def socket_folder(self) -> Path:
        """The temporary folder with the socket, and with everything else that is gone after the end."""
        if self._scratch is None:
            raise PostgresFailed("The server has not been started.")
        return self._scratch

    @property
    def pid(self) -> int:
        """The process id of the server itself, not of its guardian."""
        server = self.folder.running_server()
        if server is None:
            raise PostgresFailed(f"No server runs on {self.folder.root}.")
        return server.pid

    def start(self) -> Self:
        """Makes the cluster where there is none, starts it and returns once it answers."""
        if self._guardian:
            raise PostgresFailed("The server has been started already.")
        self._identity = identity_for(self._data / "cluster" if self._data else None)
        self._scratch = scratch_folder(self._identity)
        self.folder = ServerFolder(self._data or self._scratch)
        self.folder.root.mkdir(parents=True, exist_ok=True)
        try:
            self.folder.hold()
            self.folder.end_orphan()
            self._binaries = self._programs(self._identity)
            self._launch_on_a_free_port()
            self._make_database()
        except BaseException:
            self.stop(mode="immediate")
            raise
        return self

    def stop(self, mode: str = "fast") -> None:
        """Ends the server (`immediate`: as a power cut would) and removes what was temporary; safe to repeat."""
        self._end(mode)
        if self._scratch:
            self.folder.release()
            shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch = None

    def restart(self, mode: str = "immediate") -> None:
        """Ends the server and starts it again on the same data and the same port."""
        self._end(mode)
        self.folder.end_orphan()
        self._launch()

    @property
    def alive(self) -> bool:
        """Whether the server is there; its guardian goes when it goes."""
        return self._guardian is not None and self._guardian.poll() is None

    def _programs(self, identity: Identity) -> Binaries:
        """The programs, where the identity can run them; a new cluster is made with them."""
        assert self._scratch is not None
        made_by = self.folder.version
        found = find_binaries(self._choice or (str(made_by) if made_by else None))
        if made_by not in {None, found.version}:
            raise PostgresFailed(f"{self.folder.root} was made by PostgreSQL {made_by}, not by {found.version}.")
        programs = Binaries(within_reach(found.folder, identity, self._scratch), found.version)
        if made_by is None:
            make_cluster(self.folder, programs, identity=identity, scratch=self._scratch, durable=bool(self._data))
        return programs

    def _launch_on_a_free_port(self) -> None:
        """Between finding a port free and binding it, somebody else may take it; then another one will do."""
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self.port = free_port()
            try:
                self._launch()
                break
            except PostgresFailed as error:
                if attempt == PORT_ATTEMPTS or "could not bind" not in str(error):
                    raise

    def _launch(self) -> None:
        """Starts the guardian, and behind it the server."""
        with self._identity.doorway(self.folder.cluster) as (name, inherited), self.folder.log.open("wb") as log:
            self._guardian = subprocess.Popen(
                [*self._guard(inherited), *self._server(name)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=inherited,
            )
        self._await_ready(self._guardian)

    def _guard(self, inherited: tuple[int, ...]) -> list[str]:
        owner = [str(self._identity.uid or ""), str(self._identity.gid or "")]
        opened = "".join(str(number) for number in inherited)
        return [sys.executable, "-S", guardian.__file__, str(os.getpid()), str(self._scratch), *owner, opened]

    def _server(self, cluster: Path) -> list[str]:
        where = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": str(self._scratch)}
        settings = [f"{name}={value}" for name, value in {**self.settings, **where}.items()]
        return [str(self._binaries.postgres), "-D", str(cluster), *(word for each in settings for word in ("-c", each))]

    def _await_ready(self, guard: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while not self.folder.ready:
            if guard.poll() is not None or time.monotonic() > give_up_at:
                raise PostgresFailed(f"PostgreSQL did not start. Its log ends:\n{self.folder.last_words()}")
            time.sleep(GLANCE_SECONDS)

    def _make_database(self) -> None:
        address = f"{self.url.rsplit('/', 1)[0]}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())

    def _end(self, mode: str) -> None:
        """A signal to the server itself; the guardian goes with it."""
        if self._guardian is None:
            return
        server = self.folder.running_server()
        if server:
            server.send_signal(STOP_SIGNALS[mode])
        try:
            self._guardian.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._guardian.terminate()
            raise
        self._guardian = None


def free_port(preferred: int = 0) -> int:
    """A port of 127.0.0.1 that nobody listens on: the preferred one, or any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", preferred))
        return int(probe.getsockname()[1])
