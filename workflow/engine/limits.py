"""The run timeout of a definition: its own, or the setting's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workflow.conf import conf
from workflow.core.definition import DEFAULT_TIMEOUT, Definition


def time_limit(definition: Definition[Any, Any]) -> timedelta | None:
    """None: it has none, as machines have."""
    return conf.default_timeout if definition.timeout == DEFAULT_TIMEOUT else definition.timeout
