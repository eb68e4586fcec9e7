"""The host inside one worker process of the cluster: made at its first job, after the fork; given up at its end."""

from __future__ import annotations

import os
import threading
from multiprocessing.util import Finalize
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError

from workflow.engine import hosting, preconditions
from workflow.engine.host import Host

KIND = "django-q2"
STOP_SECONDS = 10.0
ORPHAN_GLANCE_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Process:
    """What this process knows of itself; a forked child begins anew."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.parent = os.getppid()
        self.host: Host | None = None


class Current:
    process = Process()


def begin(**_: Any) -> None:
    """Called in every worker process that the cluster has just started: see to the schedules, and look at once."""
    from workflow.adapters.queues.django_q.jobs import look_again
    from workflow.adapters.queues.django_q.schedules import install

    _renewed()
    try:
        install()
        look_again()
    except (DatabaseError, InterfaceError) as error:
        log.warning("the database is away; the schedules will start the work", error=str(error).strip())


def host() -> Host:
    """The host of this process."""
    mine = _renewed()
    if mine.host is None:
        mine.host = Host(kind=KIND, queues=preconditions.queues_of_definitions()).start()
        hosting.set_host(mine.host)
        Finalize(None, leave, exitpriority=100)  # worker processes end without atexit
        threading.Thread(target=_end_with_the_cluster, name="workflow-orphan-watch", daemon=True).start()
    return mine.host


def _renewed() -> Process:
    if Current.process.pid != os.getpid():
        Current.process = Process()
    return Current.process


def orphaned() -> bool:
    """The sentinel died: nobody would end this process any more."""
    return os.getppid() != Current.process.parent


def leave() -> None:
    """Give back what is held. Turns stop between commands, so this is no recovery."""
    mine = _renewed()
    if mine.host is not None:
        mine.host.stop(STOP_SECONDS)
        hosting.set_host(None)
        mine.host = None


def end_broken() -> None:
    """Half of the threads are stuck in an author's code: the sentinel starts another process in place of this one."""
    log.error("ending this cluster worker: its threads are stuck")
    try:
        leave()
    finally:
        os._exit(1)


def _end_with_the_cluster() -> None:
    while not orphaned():
        threading.Event().wait(ORPHAN_GLANCE_SECONDS)
    log.error("the cluster is gone; ending its worker")
    try:
        leave()
    finally:
        os._exit(1)
