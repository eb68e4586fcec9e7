"""Checks of the WORKFLOW_ settings, and of the traps in django-q2's."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004

from workflow.conf import SETTINGS, conf

PREFIX = "WORKFLOW_"
MAY_BE_ZERO = frozenset({"max_retries", "inline_budget_seconds", "retention_days"})
WHOLE = ("_days", "_events", "_retries", "_threads")
HEARTBEATS_BEFORE_DEATH = 3
ORDERED = (
    ("history_warning_events", "history_maximum_events"),
    ("retention_days", "idempotency_days"),
    ("poll_seconds", "dead_after_seconds"),
)


def check_values() -> list[CheckMessage]:
    """Each setting has the type of its default; numbers are positive."""
    found: list[CheckMessage] = []
    for name, setting in SETTINGS.items():
        problem = _problem(name, getattr(conf, name), setting.default)
        if problem:
            found.append(Error(f"{PREFIX}{setting.name} {problem}.", id="workflow.E030"))
    return found


def _problem(name: str, value: Any, default: Any) -> str:
    if isinstance(default, bool | str):
        return "" if isinstance(value, type(default)) else f"is {value!r}; it takes a {type(default).__name__}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"is {value!r}; it takes a number"
    if name.endswith(WHOLE) and value != int(value):
        return f"is {value!r}; it takes a whole number"
    if value < 0 or (value == 0 and name not in MAY_BE_ZERO):
        return f"is {value!r}; it must be greater than 0"
    return ""


def check_order() -> list[CheckMessage]:
    """Limits that only make sense together. What has the wrong type is told above."""
    if check_values():
        return []
    found: list[CheckMessage] = []
    if conf.dead_after_seconds < HEARTBEATS_BEFORE_DEATH * conf.heartbeat_seconds:
        message = f"{PREFIX}DEAD_AFTER_SECONDS must be at least {HEARTBEATS_BEFORE_DEATH} x {PREFIX}HEARTBEAT_SECONDS."
        found.append(Error(message, id="workflow.E031"))
    for lower, higher in ORDERED:
        if getattr(conf, lower) > getattr(conf, higher):
            names = f"{PREFIX}{SETTINGS[lower].name} is greater than {PREFIX}{SETTINGS[higher].name}"
            found.append(Error(f"{names}.", id="workflow.E032"))
    return found


def check_names() -> list[CheckMessage]:
    """A setting nobody reads."""
    known = [f"{PREFIX}{setting.name}" for setting in SETTINGS.values()]
    given = [name for name in dir(settings) if name.startswith(PREFIX) and name not in known]
    return [
        Warning(f"{name} is no setting of the engine.", hint=_meant(name, known), id="workflow.W001")
        for name in given
        if isinstance(getattr(settings, name), bool | int | float | str)
    ]


def _meant(name: str, known: list[str]) -> str | None:
    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else None


def check_cluster(given: dict[str, Any] | None = None) -> list[CheckMessage]:
    """Tasks taken in advance run late or twice; a task that is never acknowledged comes again."""
    if given is None and not apps.is_installed("django_q"):
        return []
    cluster: dict[str, Any] = getattr(settings, "Q_CLUSTER", {}) if given is None else given
    workers = cluster.get("workers") or 1
    wanted = {
        "bulk": (cluster.get("bulk", 1) == 1, "1"),
        "queue_limit": (cluster.get("queue_limit", workers**2) <= workers, "the number of workers"),
        "max_attempts": (cluster.get("max_attempts", 0) == 1, "1"),
        "ack_failures": (cluster.get("ack_failures", False) is True, "True"),
    }
    return [
        Warning(f"Q_CLUSTER['{name}'] should be {value}.", id="workflow.W020")
        for name, (right, value) in wanted.items()
        if not right
    ]
