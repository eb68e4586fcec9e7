"""Every test registers its own workflows, and has a provider with an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workflow.core.registry import registry
from workflow.tests.ledger import ledger


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    ledger.clear()
    with registry.isolated():
        yield
