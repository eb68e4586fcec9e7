"""One processor for one worker process, and little work for its garbage collector.

Under the interpreter lock one thread runs at a time; spread over processors, its threads only wake each other across
them: measured, that costs a busy worker half of its throughput. Steps that compute in parallel outside the lock are the
exception: WORKFLOW_PIN_PROCESSOR = False.
"""

from __future__ import annotations

import gc
import os
import socket

import structlog

from workflow.conf import conf
from workflow.engine.connection import fetch

log = structlog.get_logger(__name__)


def pin_to_one_processor() -> None:
    """Called before the host makes its threads, which inherit it. Worker processes of one machine take turns."""
    if not conf.pin_processor or not hasattr(os, "sched_setaffinity"):
        return
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) < 2:
        return
    chosen = processors[-1 - _workers_here() % len(processors)]
    os.sched_setaffinity(0, {chosen})
    log.info("worker pinned to one processor", processor=chosen)


def spare_the_collector() -> None:
    """What a process has loaded before its first turn stays: full collections need not walk through it every time."""
    gc.collect()
    gc.freeze()


def _workers_here() -> int:
    sql = """SELECT count(*) FROM workflow_worker WHERE host = %(host)s AND stopped_at IS NULL
        AND heartbeat_at > clock_timestamp() - make_interval(secs => %(dead_after)s)"""
    count: int = fetch(sql, {"host": socket.gethostname(), "dead_after": conf.dead_after_seconds})[0][0]
    return count
