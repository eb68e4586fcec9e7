"""The workflows of the sample application are known inside these tests only."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from workflow.core.registry import registry
from workflow.management.tests.changing import calls

with registry.isolated():
    from workflow.management.tests.sample import workflows as sample

DEFINITIONS = (sample.count, sample.wait, sample.long, sample.stuck)


@pytest.fixture
def sample_workflows() -> Iterator[None]:
    with registry.isolated(*DEFINITIONS):
        yield


@pytest.fixture(autouse=True)
def no_notifier_left() -> Iterator[None]:
    """Its connection would keep the test database from being dropped."""
    yield
    for thread in threading.enumerate():
        if thread.name == "workflow-notifier":
            thread.join()


@pytest.fixture
def own_registry() -> Iterator[None]:
    """A test that deploys definitions of its own knows no others."""
    calls.clear()
    with registry.isolated():
        yield
