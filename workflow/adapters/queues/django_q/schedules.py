"""The schedules, made and corrected whenever migrations ran or a cluster starts; nobody adds any by hand.

The scheduler looks every 30 s and its shortest interval is a minute, so a half-minute interval is two rows, 30 s apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections, router, transaction
from django.utils import timezone
from django_q.models import Schedule

from workflow.adapters.queues.django_q.jobs import BUDGET_SECONDS, LINKS, PATH
from workflow.conf import conf

PREFIX = "workflow."
SCHEDULER_TICK_SECONDS = 30
CANARY_SECONDS = 60
LOCK = 4_106_228_737_915_530_214  # one process at a time makes them; the number means nothing


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schedule as it should be. `offset_seconds` tells rows of the same job apart."""

    name: str
    job: str
    seconds: float
    arguments: str = ""
    offset_seconds: int = 0

    @property
    def row(self) -> dict[str, Any]:
        return {
            "func": f"{PATH}.{self.job}",
            "args": self.arguments or None,
            "kwargs": None,
            "schedule_type": Schedule.MINUTES,
            "minutes": max(round(self.seconds / 60), 1),
            "repeats": -1,
        }


def wanted() -> Iterator[Wanted]:
    """What the settings ask for."""
    attention = f"({BUDGET_SECONDS}, {LINKS})"
    yield from _split(Wanted("retry", "run_due", conf.retry_interval_seconds, attention))
    yield from _split(Wanted("timeout", "run_due", conf.timeout_interval_seconds, f"({BUDGET_SECONDS}, 0)"))
    yield Wanted("recovery", "recover", conf.recovery_interval_seconds)
    yield Wanted("cleanup", "prune", conf.outbox_cleanup_interval_seconds)
    yield Wanted("canary", "sing", CANARY_SECONDS)


def _split(asked: Wanted) -> Iterator[Wanted]:
    """Below a minute: two rows, half a minute apart."""
    yield asked
    if asked.seconds < 2 * SCHEDULER_TICK_SECONDS:
        yield Wanted(f"{asked.name}.half", asked.job, asked.seconds, asked.arguments, SCHEDULER_TICK_SECONDS)


def install() -> None:
    """Idempotent. What is right stays as it is, with its next run; anything else of ours goes."""
    using = router.db_for_write(Schedule)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        ours = Schedule.objects.filter(name__startswith=PREFIX)
        present = {str(row.name): row for row in ours.order_by("-id")}
        kept = [_made(want, present.get(f"{PREFIX}{want.name}")) for want in wanted()]
        ours.exclude(pk__in=kept).delete()


def _made(want: Wanted, row: Schedule | None) -> int:
    """The row's key, after it was made or corrected."""
    if row is None:
        next_run = timezone.now() + timedelta(seconds=want.offset_seconds)
        row = Schedule.objects.create(name=f"{PREFIX}{want.name}", next_run=next_run, **want.row)
    elif any(getattr(row, column) != value for column, value in want.row.items()):
        Schedule.objects.filter(pk=row.pk).update(**want.row)
    key: int = row.pk
    return key


def install_after_migrate(**_: Any) -> None:
    """Where django-q2's own tables exist by now."""
    with connections[router.db_for_write(Schedule)].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [Schedule._meta.db_table])
        if cursor.fetchone()[0] is None:
            return
    install()
