"""`make run`, as a user has it: everything answers, each part is restarted alone, and the end leaves no process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from tooling.system.environment import RUN_MARK
from tooling.system.leftovers import carries
from tooling.system.places import ROOT, VAR_VARIABLE, Places

READY = "Steadfast is running"
PATIENCE_SECONDS = 90.0


def run_command(var: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "tooling.run"],
        cwd=ROOT,
        env={**environment, VAR_VARIABLE: str(var)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(output: IO[str], sentence: str) -> str:
    read = ""
    for line in output:
        read += line
        if sentence in line:
            return read
    raise AssertionError(f"It ended without saying {sentence!r}:\n{read}")


def eventually(fact: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], Places]]:
    places = Places(tmp_path_factory.mktemp("run") / "var")
    with run_command(places.var) as process:
        assert process.stdout is not None
        try:
            read_until(process.stdout, READY)
            yield process, places
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def mark(places: Places) -> str:
    return str(json.loads(places.state_file.read_text())["environment"][RUN_MARK])


def programs_of(places: Places, word: str) -> set[int]:
    """The processes of this run that were started with this word."""
    found = (each for each in psutil.process_iter() if carries(each, mark(places)))
    return {each.pid for each in found if word in " ".join(each.cmdline())}


def test_everything_answers_when_it_says_so(running: tuple[subprocess.Popen[str], Places]) -> None:
    _, places = running
    urls = json.loads(places.state_file.read_text())["urls"]
    for address in (f"{urls['web']}/readyz", urls["admin"], f"{urls['simulator']}/healthz"):
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.status == 200


def test_a_second_run_says_that_one_is_running(running: tuple[subprocess.Popen[str], Places]) -> None:
    process, places = running
    with run_command(places.var) as second:
        said, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 1
    assert "runs already" in said
    assert f"process {process.pid}" in said


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_full_flow_by_curl_comes_to_completed(running: tuple[subprocess.Popen[str], Places]) -> None:
    _, places = running
    played = subprocess.run(
        ["sh", "test-full-flow.sh"],
        cwd=ROOT,
        env={**os.environ, VAR_VARIABLE: str(places.var)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "COMPLETED: http" in played.stdout


def test_a_command_runs_against_the_running_system(running: tuple[subprocess.Popen[str], Places]) -> None:
    _, places = running
    told = subprocess.run(
        [sys.executable, "-m", "tooling.manage", "workflow_status"],
        cwd=ROOT,
        env={**os.environ, VAR_VARIABLE: str(places.var)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "alive" in told.stdout


def test_a_killed_worker_comes_back_and_the_other_one_stays(running: tuple[subprocess.Popen[str], Places]) -> None:
    _, places = running
    victim, other = sorted(programs_of(places, "workflow_worker"))
    psutil.Process(victim).kill()
    assert eventually(lambda: len(programs_of(places, "workflow_worker") - {victim}) == 2)
    assert other in programs_of(places, "workflow_worker")


def test_a_killed_database_comes_back_on_its_data(running: tuple[subprocess.Popen[str], Places]) -> None:
    _, places = running
    pid_file = places.postgres / "cluster" / "postmaster.pid"
    killed = int(pid_file.read_text().split()[0])
    psutil.Process(killed).kill()
    web = json.loads(places.state_file.read_text())["urls"]["web"]

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{web}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    assert eventually(lambda: pid_file.exists() and int(pid_file.read_text().split()[0]) != killed)
    assert eventually(answers)


def test_the_end_leaves_no_process(running: tuple[subprocess.Popen[str], Places]) -> None:
    process, places = running
    run_mark, postgres = mark(places), int((places.postgres / "cluster" / "postmaster.pid").read_text().split()[0])
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert not any(carries(each, run_mark) for each in psutil.process_iter())
    assert not psutil.pid_exists(postgres)
    assert not places.state_file.exists()
