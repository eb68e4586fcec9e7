"""The host of this process. Workers set theirs; a web process gets one at its first inline turn, after the fork."""

from __future__ import annotations

import atexit
import os
import threading

from workflow.engine.connection import inside_transaction
from workflow.engine.host import Host

_lock = threading.Lock()
_host: Host | None = None
_pid: int | None = None
_inline_kind: str | None = None


def set_host(host: Host | None) -> None:
    """A worker says that it is this process's host."""
    global _host, _pid
    with _lock:
        _host, _pid = host, os.getpid()


def registered() -> Host | None:
    """What `set_host` was told last."""
    return _host


def allow_inline_turns(kind: str = "web") -> None:
    """Called once by a serving process (config/wsgi.py): its calls may drive what they start or wake."""
    global _inline_kind  # noqa: PLW0603  said once, by the process itself
    _inline_kind = kind


def host() -> Host | None:
    """The running host of this process, if it has (or may have) one. None inside a caller's transaction."""
    global _host, _pid
    if inside_transaction():
        return None
    if _host is not None and _pid == os.getpid():
        return _host if not _host.stopping else None
    if _inline_kind is None:
        return None
    with _lock:
        if _host is None or _pid != os.getpid():
            _host, _pid = Host(kind=_inline_kind).start(), os.getpid()
            atexit.register(_host.stop, timeout=5.0)
    return _host
