"""The pytest plugin that gives a test run a PostgreSQL of its own, unless DATABASE_URL names one already."""

import os
from collections.abc import Iterator

import pytest

from tooling.postgres import Postgres

SERVER = pytest.StashKey[Postgres]()
INFORMATION_ONLY = ("help", "version", "markers", "showfixtures")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before anything reads the settings."""
    options = early_config.known_args_namespace
    if not os.environ.get("DATABASE_URL") and not any(getattr(options, name, False) for name in INFORMATION_ONLY):
        server = Postgres().start()
        early_config.stash[SERVER] = server
        early_config.add_cleanup(server.stop)
        os.environ["DATABASE_URL"] = server.url
    return (yield)


def pytest_report_header(config: pytest.Config) -> str:
    """Says which server the run uses."""
    server = config.stash.get(SERVER, None)
    return f"PostgreSQL: {f'throw-away, pid {server.pid}' if server else 'the one DATABASE_URL names'}"
