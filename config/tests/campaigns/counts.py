"""How often and how many: short with the tests, in full with `make soak`, where the environment may say otherwise."""

from __future__ import annotations

import os
from typing import Any

import pytest


def counted(name: str, *, short: int, full: int, variable: str) -> pytest.MarkDecorator:
    """The test takes `name`: the short count, and marked `soak` the full one (or what the variable says)."""
    soak: Any = pytest.param(int(os.environ.get(variable, full)), marks=pytest.mark.soak)
    return pytest.mark.parametrize(name, [short, soak])
