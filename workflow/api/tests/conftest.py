"""Fixtures of the tests of the HTTP surface."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from workflow.api.tests.callers import client_with, fresh_counts, staff_with
from workflow.core.definition import Definition
from workflow.core.registry import registry

__all__ = ["client_with", "fresh_counts", "staff_with"]


@pytest.fixture(scope="session")
def flows() -> list[Definition[Any, Any]]:
    """The workflows of these tests, which register nowhere else."""
    with registry.isolated() as alone:
        import_module("workflow.api.tests.flows")
        return list(alone)


@pytest.fixture
def parcels(flows: list[Definition[Any, Any]]) -> Iterator[None]:
    """Inside, the workflows of these tests are the only ones."""
    with registry.isolated(*flows):
        yield
