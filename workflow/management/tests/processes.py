"""Real processes on the database of a test: started, watched, ended by their own id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.db import connection

from workflow import client
from workflow.management.tests.sample import workflows as sample
from workflow.models import Instance

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 40.0
ALIASES = ("default", "engine")
SETTINGS = "workflow.management.tests.settings"


def database_url() -> str:
    """The address of the database this test uses."""
    at = connection.settings_dict
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    told = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **told, **changes}


def manage(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """A management command until its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


class Process:
    """A management command that runs until it is ended; what it says goes into a file."""

    def __init__(self, log: Path, *words: str, **changes: str) -> None:
        self.log = log
        with log.open("wb") as out:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=environment(**changes),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text()

    def await_word(self, word: str) -> None:
        eventually(lambda: word in self.said() or self.popen.poll() is not None)
        assert word in self.said(), self.said()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and answer the exit code."""
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE_SECONDS)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.popen.pid).children(recursive=True)


@contextmanager
def running(log: Path, *words: str, **changes: str) -> Iterator[Process]:
    """The process, and at the end nothing of it, whatever the test did."""
    process = Process(log, *words, **changes)
    try:
        yield process
    finally:
        if process.popen.poll() is None:
            process.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.popen.wait(PATIENCE_SECONDS / 2)
        with suppress(ProcessLookupError):
            os.killpg(process.popen.pid, signal.SIGKILL)
        process.popen.wait()


def eventually(fact: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
    """Wait for a fact; AssertionError when it does not come."""
    give_up_at = time.monotonic() + patience
    while not fact():
        assert time.monotonic() < give_up_at, f"{fact} did not come true in {patience:g} s"
        time.sleep(0.05)


def start_one_of_each() -> list[str]:
    """Steps, a timer and a parked retry."""
    started = [client.start(sample.count, 1), client.start(sample.wait, 0.1)]
    return [each.instance_id for each in started]


def all_completed(ids: list[str]) -> bool:
    return Instance.objects.filter(pk__in=ids, status="COMPLETED").count() == len(ids)
