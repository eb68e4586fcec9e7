"""What `make` stands on: ports, configuration of the supervisor, kept secrets, leftovers, the pinned requirements."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from tooling.system.environment import RUN_MARK, kept_secrets
from tooling.system.leftovers import end_leftovers
from tooling.system.places import ROOT, Places
from tooling.system.programs import Program, programs, supervisor_configuration
from tooling.system.system import next_free_port


def places(folder: Path) -> Places:
    made = Places(folder / "var")
    made.make()
    return made


def test_the_next_free_port_is_taken_when_the_usual_one_is_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert next_free_port(port) > port


def test_secrets_are_made_once_and_are_ours_alone(tmp_path: Path) -> None:
    first = kept_secrets(places(tmp_path))
    assert kept_secrets(places(tmp_path)) == first
    assert len(set(first.values())) == len(first)
    assert places(tmp_path).secrets.stat().st_mode & 0o077 == 0


def test_a_path_with_a_percent_sign_and_a_space_survives_the_supervisor(tmp_path: Path) -> None:
    folder = places(tmp_path / "100% ours")
    text = supervisor_configuration([Program("one", ["/a b/run"], priority=1)], folder, tmp_path / "control")
    assert "100%% ours" in text
    assert "'/a b/run'" in text


def test_two_workers_are_kept_alive_and_the_driver_only_where_wanted(tmp_path: Path) -> None:
    def running(*, driven: bool) -> dict[str, int]:
        wanted = programs(places(tmp_path), host="127.0.0.1", web_port=1, simulator_port=2, driven=driven)
        return {program.name: program.processes for program in wanted}

    assert running(driven=False) == {"simulator": 1, "worker": 2, "queue": 1, "web": 1}
    assert "driver" in running(driven=True)


def test_a_process_that_lost_its_starter_is_found_by_its_mark_and_ended() -> None:
    mark = f"mark-{os.getpid()}"
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(command, env={**os.environ, RUN_MARK: mark}) as lost:
        assert end_leftovers("another mark") == 0
        assert lost.poll() is None
        assert end_leftovers(mark) == 1
    assert not psutil.pid_exists(lost.pid)


def test_every_requirement_is_pinned() -> None:
    lines = [
        line for file in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / file).read_text().split("\n")
    ]
    loose = [line for line in lines if line and not re.match(r"#|-r |[\w.-]+==[\w.]+(; .+)?$", line)]
    assert loose == []


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "demo", "test", "check", "bench", "soak", "clean"):
        assert f"make {target} " in listed
