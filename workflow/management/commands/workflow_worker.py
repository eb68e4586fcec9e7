"""`manage.py workflow_worker`: takes turns until told to end. The main host of the engine's one loop.

Ends with 0 after a drain (SIGTERM, SIGINT), and with 1 when it cannot work: system check errors, no database, missing
migrations, nothing registered, or half of its threads stuck in an author's code. A supervisor starts it again.
"""

from __future__ import annotations

import queue
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from workflow.core.registry import registry
from workflow.engine import hosting, preconditions
from workflow.engine.host import Host

DATABASE_PATIENCE_SECONDS = 60.0
DRAIN_SECONDS = 15.0


class Command(BaseCommand):
    help = "Takes turns of due workflow instances until SIGTERM or SIGINT, then gives back what it holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue", action="append", help="a queue to serve, may be repeated; all that are known")
        parser.add_argument("--slots", type=positive, help="turns at once (WORKFLOW_TURN_THREADS)")
        parser.add_argument(
            "--drain-seconds", type=float, default=DRAIN_SECONDS, help="how long running steps may take to end (15)"
        )
        parser.add_argument(
            "--database-seconds",
            type=float,
            default=DATABASE_PATIENCE_SECONDS,
            help="how long to wait for the database at the start (60)",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            host = ready_host(options)
        except preconditions.CannotWork as missing:
            raise CommandError(str(missing)) from missing
        drain_on_signals(host)
        queues = ", ".join(host.queues)
        known = sum(1 for _ in registry)
        self.stdout.write(f"Worker {host.id} is ready: {known} definitions, {host.slots} slots, queues {queues}.")
        self.stdout.flush()
        try:
            host.run()
        finally:
            leave(host, options["drain_seconds"])
        if host.failed:
            raise CommandError(f"{host.lost_threads} of {host.slots} threads are stuck in steps; start it again.")
        self.stdout.write(f"Worker {host.id} has drained.")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def ready_host(options: dict[str, Any]) -> Host:
    """Raises CannotWork."""
    preconditions.require_database(options["database_seconds"])
    preconditions.require_migrations()
    preconditions.require_definitions()
    queues = options["queue"] or preconditions.queues_of_definitions()
    host = Host(kind="worker", slots=options["slots"], queues=queues).start()
    hosting.set_host(host)
    return host


def drain_on_signals(host: Host) -> None:
    """A signal handler may take no lock that the main thread could hold: it only puts, and a thread drains."""
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.put(number)

    def listen() -> None:
        asked.get()
        host.drain()

    threading.Thread(target=listen, name="workflow-signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def leave(host: Host, drain_seconds: float) -> None:
    """What cannot be given back, because the database is away, is recovered by others after dead-after."""
    try:
        host.stop(drain_seconds)
    except psycopg.OperationalError as error:
        raise CommandError(f"The database is away; what this worker held will be recovered: {error}".strip()) from error
