"""A server for all campaigns; for each a fresh database, the outside world, an open door for webhooks, and a crew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoDbBlocker, Settings

from config.tests.campaigns.crew import SHORT_HEARTBEATS, Crew
from config.tests.campaigns.databases import fresh_database, make_template
from config.tests.campaigns.door import open_door
from simulator.testing import SimulatorProcess, simulator, simulator_process
from tooling.postgres import Postgres
from workflow.core.registry import registry

with registry.isolated():
    from config.tests.campaigns.sample.workflows import DEFINITIONS

if TYPE_CHECKING:
    from workflow.core.definition import Definition

__all__ = ["simulator", "simulator_process"]
numbers = count(1)


@pytest.fixture(scope="session")
def server(django_db_blocker: DjangoDbBlocker) -> Iterator[Postgres]:
    """A server that campaigns may restart."""
    with Postgres() as server:
        with django_db_blocker.unblock():
            make_template(server.url)
        yield server


@pytest.fixture
def database(server: Postgres, django_db_blocker: DjangoDbBlocker, settings: Settings) -> Iterator[str]:
    """The address of a database with every table, both lists, and nothing else. This process works on it too."""
    for name, value in SHORT_HEARTBEATS.items():
        setattr(settings, name, float(value))
    settings.WORKFLOW_INLINE_BUDGET_SECONDS = 0.2
    known: tuple[Definition[object, object], ...] = (*registry, *DEFINITIONS)  # type: ignore[arg-type]
    fresh = fresh_database(server.url, f"campaign_{next(numbers)}")
    with django_db_blocker.unblock(), registry.isolated(*known), fresh as url:
        yield url


@pytest.fixture
def crew(database: str, tmp_path: Path) -> Iterator[Crew]:
    """Nobody yet."""
    crew = Crew(tmp_path, {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.tests.campaigns.settings"})
    yield crew
    crew.clear_away()


@pytest.fixture
def onboarding_crew(database: str, tmp_path: Path, simulator: SimulatorProcess, settings: Settings) -> Iterator[Crew]:
    """Nobody yet; who is started knows the simulated providers, and these know where to tell their decisions."""
    secrets = {"sms": "token", "ekyc": simulator.webhook_secret, "core_banking": "token"}
    settings.ONBOARDING_PROVIDERS = {name: {"url": simulator.url, "secret": word} for name, word in secrets.items()}
    told = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.tests.campaigns.settings"}
    told |= {"SIMULATOR_URL": simulator.url, "EKYC_SECRET": simulator.webhook_secret}
    with open_door() as public_url:
        crew = Crew(tmp_path, {**told, "PUBLIC_URL": public_url})
        yield crew
        crew.clear_away()
