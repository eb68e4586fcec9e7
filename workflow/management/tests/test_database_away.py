"""A worker outlives its database: a restarted PostgreSQL finds it waiting, and it goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tooling.postgres import Postgres
from workflow.management.tests.processes import eventually, manage, running

START = """from workflow import client; from workflow.management.tests.sample.workflows import long
print("started", client.start(long, 20).instance_id)"""


@pytest.fixture
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def asked(server: Postgres, sql: LiteralString) -> int:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(sql).fetchone()
        assert row is not None
        return int(row[0])


def completed(server: Postgres) -> bool:
    return asked(server, "SELECT count(*) FROM workflow_instance WHERE status = 'COMPLETED'") == 1


def test_a_worker_goes_on_after_its_database_was_restarted(server: Postgres, tmp_path: Path) -> None:
    address = {"DATABASE_URL": server.url}
    assert manage("migrate", "-v0", **address).returncode == 0
    with running(tmp_path / "log", "workflow_worker", DATABASE_URL=server.url) as worker:
        worker.await_word("is ready")
        started = manage("shell", "-c", START, **address)
        assert "started" in started.stdout, started.stderr
        eventually(lambda: asked(server, "SELECT count(*) FROM step_execution WHERE status = 'COMPLETED'") > 2)
        server.restart("immediate")
        eventually(lambda: completed(server))
        assert worker.end() == 0, worker.said()
