"""The throw-away PostgreSQL of one run: one server, one database for each subject, counted by its own statistics."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psycopg

from benchmarks.environment import ROOT
from tooling.postgres import Postgres

EXTENSION = "pg_stat_statements"
SETTINGS = {"shared_preload_libraries": EXTENSION, f"{EXTENSION}.track": "top", "track_io_timing": "off"}
PEER_DATABASE = "peer"
SETTLED_SECONDS_MAX = 30.0
CHECKPOINTS = "%INSERT INTO workflow_event%"
EMPTIED = (
    "workflow_instance",
    "workflow_event",
    "step_execution",
    "state_snapshot",
    "workflow_inbox",
    "workflow_outbox",
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the server has counted in one database."""

    statements: int
    checkpoint_statements: int
    commits: int

    def __sub__(self, other: Counts) -> Counts:
        return Counts(
            self.statements - other.statements,
            self.checkpoint_statements - other.checkpoint_statements,
            self.commits - other.commits,
        )


class Server:
    """Use as a context; inside, the database is migrated and the peer's stands beside it."""

    def __init__(self) -> None:
        self._postgres = Postgres(settings=SETTINGS)

    def __enter__(self) -> Self:
        self._postgres.start()
        try:
            with self.connect() as connection:
                connection.execute(f"CREATE EXTENSION {EXTENSION}")
                connection.execute(f"CREATE DATABASE {PEER_DATABASE}")
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=ROOT, env=self.environment(), check=True)
        except BaseException:
            self._postgres.stop(mode="immediate")
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._postgres.stop(mode="immediate")

    @property
    def url(self) -> str:
        return self._postgres.url

    @property
    def peer_url(self) -> str:
        return f"{self.url.rsplit('/', 1)[0]}/{PEER_DATABASE}"

    def environment(self) -> dict[str, str]:
        settings = {"DJANGO_SETTINGS_MODULE": "config.settings_test", "DATABASE_URL": self.url, "LOG_LEVEL": "WARNING"}
        return {**os.environ, **settings, "PEER_DATABASE_URL": self.peer_url, "PYTHONWARNINGS": "ignore"}

    def connect(self, url: str | None = None) -> psycopg.Connection[Any]:
        return psycopg.connect(url or self.url, autocommit=True)

    def version(self) -> str:
        with self.connect() as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]

    def empty(self) -> None:
        """Every phase begins with the same tables: nothing in them, and nothing left to write behind its back."""
        with self.connect() as connection:
            connection.execute(f"TRUNCATE {', '.join(EMPTIED)}")
            connection.execute("VACUUM ANALYZE workflow_worker")
        with self.connect(self.peer_url) as connection:
            if connection.execute("SELECT to_regclass('dbos.workflow_status')").fetchone() != (None,):
                connection.execute("TRUNCATE dbos.workflow_status CASCADE")
            connection.execute("CHECKPOINT")

    def counts(self, url: str) -> Counts:
        """Once every other connection to that database has ended: a server process reports what it did at its end."""
        database = url.rsplit("/", 1)[1]
        with self.connect() as connection:
            self._await_silence(connection, database)
            statements = connection.execute(
                f"""SELECT COALESCE(sum(calls), 0)::bigint,
                    COALESCE(sum(calls) FILTER (WHERE query LIKE %s), 0)::bigint
                FROM {EXTENSION} s JOIN pg_database d ON d.oid = s.dbid
                WHERE d.datname = %s AND query NOT LIKE '%%{EXTENSION}%%'""",
                [CHECKPOINTS, database],
            ).fetchone()
            commits = connection.execute(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [database]
            ).fetchone()
        assert statements is not None
        assert commits is not None
        return Counts(statements[0], statements[1], commits[0])

    def _await_silence(self, connection: psycopg.Connection[Any], database: str) -> None:
        """Server processes of others end a moment after their clients."""
        give_up_at = time.monotonic() + SETTLED_SECONDS_MAX
        others = """SELECT count(*) FROM pg_stat_activity
            WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
        while connection.execute(others, [database]).fetchone() != (0,):
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"Somebody is still connected to {database}.")
            time.sleep(0.02)
