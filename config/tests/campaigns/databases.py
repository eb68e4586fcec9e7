"""A template with every table and both sanctions lists, a fresh copy of it for each campaign, and the way there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import dj_database_url
import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from onboarding import services
from onboarding.demonstration import SAMPLES
from onboarding.sanctions.index import name_index

ALIASES = ("default", "engine")
TEMPLATE = "campaign_template"
PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


def address(server_url: str, database: str) -> str:
    """Another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))


def through(url: str, port: int) -> str:
    """The same database by way of another port of this machine."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))


def make_template(server_url: str) -> None:
    """Once for all campaigns."""
    _command(server_url, "CREATE DATABASE {}", TEMPLATE)
    with connected_to(address(server_url, TEMPLATE)):
        call_command("migrate", verbosity=0)
        for sample in SAMPLES.values():
            services.load_sanctions(sample)


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """A copy of the template; this process works on it inside the block."""
    _command(server_url, "CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)
    url = address(server_url, name)
    try:
        with connected_to(url):
            yield url
    finally:
        _command(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    """This process's aliases lead there inside the block, in every thread that begins in it."""
    there: dict[str, Any] = dict(dj_database_url.parse(url))
    before = {alias: {part: connections.settings[alias][part] for part in PLACE} for alias in ALIASES}
    connections.close_all()
    for alias in ALIASES:
        connections.settings[alias].update({part: there[part] for part in PLACE})
    name_index.cache_clear()
    try:
        yield
    finally:
        _end_notifier()
        connections.close_all()
        for alias in ALIASES:
            connections.settings[alias].update(before[alias])
        name_index.cache_clear()


def _end_notifier() -> None:
    for thread in threading.enumerate():
        if thread.name == "workflow-notifier":
            thread.join()


def _command(server_url: str, words: LiteralString, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))
