"""The settings of the engine, each with its default and unit. Read as `conf.heartbeat_seconds`; set as WORKFLOW_..."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed


@dataclass(frozen=True)
class Setting:
    name: str
    default: Any
    meaning: str


SETTINGS = {
    "default_timeout_seconds": Setting("DEFAULT_TIMEOUT_SECONDS", 60, "a function's run, a step's attempt"),
    "lock_timeout_seconds": Setting("LOCK_TIMEOUT_SECONDS", 30, "longest wait for a lock"),
    "max_retries": Setting("MAX_RETRIES", 3, "retries after the first attempt where no policy says otherwise"),
    "timeout_interval_seconds": Setting("TIMEOUT_INTERVAL_SECONDS", 60, "scheduled safety net for due timers"),
    "retry_interval_seconds": Setting("RETRY_INTERVAL_SECONDS", 30, "scheduled safety net for due retries"),
    "recovery_interval_seconds": Setting("RECOVERY_INTERVAL_SECONDS", 300, "scheduled safety net for dead workers"),
    "outbox_cleanup_interval_seconds": Setting("OUTBOX_CLEANUP_INTERVAL_SECONDS", 3600, "scheduled pruning"),
    "cleanup_enabled": Setting("CLEANUP_ENABLED", True, "whether ended instances are pruned"),
    "retention_days": Setting("RETENTION_DAYS", 30, "how long ended instances are kept"),
    "idempotency_days": Setting("IDEMPOTENCY_DAYS", 400, "how long idempotency keys and their answers are kept"),
    "heartbeat_seconds": Setting("HEARTBEAT_SECONDS", 5, "how often a worker process says that it lives"),
    "dead_after_seconds": Setting("DEAD_AFTER_SECONDS", 15, "silence after which its turns are made due again"),
    "poll_seconds": Setting("POLL_SECONDS", 1, "longest pause of an idle worker between two looks"),
    "inline_budget_seconds": Setting("INLINE_BUDGET_SECONDS", 2, "how long an API call waits for its turn"),
    "turn_threads": Setting("TURN_THREADS", 32, "turns at once in one process"),
    "pin_processor": Setting("PIN_PROCESSOR", True, "whether a worker process keeps to one processor (Linux)"),
    "missing_definition_seconds": Setting(
        "MISSING_DEFINITION_SECONDS", 600, "a definition without a live worker becomes an incident"
    ),
    "history_warning_events": Setting("HISTORY_WARNING_EVENTS", 5_000, "a history this long is warned of"),
    "history_maximum_events": Setting("HISTORY_MAXIMUM_EVENTS", 50_000, "a history this long becomes an incident"),
    "redis_enabled": Setting("REDIS_ENABLED", False, "whether Redis thins contention"),
    "redis_url": Setting("REDIS_URL", "", "where Redis is"),
}


class Conf:
    """Values are looked up once and kept on the instance; `setting_changed` (tests) forgets them."""

    def __getattr__(self, name: str) -> Any:
        try:
            setting = SETTINGS[name]
        except KeyError:
            raise AttributeError(name) from None
        value = getattr(settings, f"WORKFLOW_{setting.name}", setting.default)
        self.__dict__[name] = value
        return value

    @cached_property
    def start_calls_within_seconds(self) -> float:
        """No external call starts later than this after the last good heartbeat: two thirds of dead-after."""
        return float(self.dead_after_seconds) * 2 / 3

    @cached_property
    def default_timeout(self) -> timedelta:
        return timedelta(seconds=self.default_timeout_seconds)

    def forget(self, **_: Any) -> None:
        self.__dict__.clear()


conf = Conf()
setting_changed.connect(conf.forget, dispatch_uid="workflow.conf")
