"""The folder of one server: the cluster, its password, its log, and the lock that says somebody is using it."""

import fcntl
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

ORPHAN_SECONDS_MAX = 60.0
LOG_LINES_SHOWN = 20
STATUS_LINE = 7


class FolderInUse(Exception):
    """Another process holds this data folder."""


@dataclass
class ServerFolder:
    """`root` belongs to us; `cluster` inside it to the user that runs the server."""

    root: Path
    _lock: IO[str] | None = field(default=None, repr=False)

    @property
    def cluster(self) -> Path:
        return self.root / "cluster"

    @property
    def password_file(self) -> Path:
        return self.root / "password"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def password(self) -> str:
        return self.password_file.read_text()

    @property
    def version(self) -> int | None:
        """The major version that made the cluster; None where there is none yet."""
        marker = self.cluster / "PG_VERSION"
        return int(marker.read_text()) if marker.exists() else None

    def hold(self) -> None:
        """Takes the folder for this process; the lock falls with the process, whatever ends it."""
        if self._lock:
            return
        lock = (self.root / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise FolderInUse(f"{self.root} is in use by another process.") from error
        self._lock = lock

    def release(self) -> None:
        """Gives the folder back."""
        if self._lock:
            self._lock.close()
        self._lock = None

    def running_server(self) -> psutil.Process | None:
        """The live server of this cluster; a process that merely got the number of a dead one is not it."""
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(self._pid_file.read_text().split("\n", 1)[0]))
            if "postgres" in process.name() and Path(process.cwd()).samefile(self.cluster):
                return process
        return None

    @property
    def ready(self) -> bool:
        """Whether the server accepts connections, by its own word."""
        with suppress(OSError, IndexError):
            return self._pid_file.read_text().split("\n")[STATUS_LINE].strip() == "ready"
        return False

    def end_orphan(self) -> None:
        """Ends a server whose holder was killed together with its guardian, and removes the mark of one long dead."""
        orphan = self.running_server()
        if orphan:
            orphan.send_signal(signal.SIGINT)
            orphan.wait(ORPHAN_SECONDS_MAX)
        with suppress(FileNotFoundError):
            self._pid_file.unlink()

    def last_words(self) -> str:
        """The end of the log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    @property
    def _pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"
