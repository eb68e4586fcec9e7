"""The processes of a campaign: workers (and clusters) started, killed, stopped, continued and drained by their own id.

Heartbeats are short. Every process ends with the test, whatever the test did, and with the process of the tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.05
SHORT_HEARTBEATS = {"WORKFLOW_HEARTBEAT_SECONDS": "0.5", "WORKFLOW_DEAD_AFTER_SECONDS": "1.5"}
SLOTS = "8"
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = PATIENCE_SECONDS, what: str = "the fact") -> Found:
    """The first thing found that is not empty; AssertionError when the time is up."""
    give_up_at = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < give_up_at, f"{what}: not within {seconds:g} s"
        time.sleep(GLANCE_SECONDS)
    return found


class Member:
    """One process; what it says goes into a file."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as out:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "tooling.tether", *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    @property
    def ready(self) -> bool:
        """It said so, and lives."""
        return self.alive and "is ready" in self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """As a crash would."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def freeze(self) -> None:
        """SIGSTOP; returns when it has stopped."""
        self.popen.send_signal(signal.SIGSTOP)
        eventually(lambda: psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)

    def thaw(self) -> None:
        self.popen.send_signal(signal.SIGCONT)

    def drain(self, seconds: float = PATIENCE_SECONDS) -> int:
        """SIGTERM; the exit code."""
        self.popen.terminate()
        return self.popen.wait(seconds)

    def clear_away(self) -> None:
        """The process and its children, if there are any left."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


class Crew:
    """Whoever works on one database; `environment` is what all of them are told."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.members: list[Member] = []
        self._environment = {**os.environ, **SHORT_HEARTBEATS, **environment, "PYTHONUNBUFFERED": "1"}

    def begin(self, *words: str, **changes: str) -> Member:
        """Start a management command."""
        log = self.folder / f"{len(self.members)}-{words[0]}.log"
        member = Member([sys.executable, "manage.py", *words], {**self._environment, **changes}, log)
        self.members.append(member)
        return member

    def worker(self, **changes: str) -> Member:
        """Start a worker."""
        return self.begin("workflow_worker", "--slots", SLOTS, **changes)

    def workers(self, count: int, **changes: str) -> list[Member]:
        """So many workers, ready to work."""
        started = [self.worker(**changes) for _ in range(count)]
        for worker in started:
            self.await_ready(worker)
        return started

    def await_ready(self, member: Member) -> None:
        eventually(lambda: member.ready or not member.alive, what="a ready worker")
        assert member.alive, member.said()

    def command(self, *words: str, **changes: str) -> str:
        """What a management command says until its end."""
        ended = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self._environment, **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def clear_away(self) -> None:
        for member in self.members:
            member.clear_away()
