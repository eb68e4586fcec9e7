"""Stands between a server and the process that wanted it, and ends the server when that process is gone.

Started as `python guardian.py PARENT_PID SCRATCH UID GID INHERITED PROGRAM ARGUMENTS...`, in a session of its own:
Ctrl-C in the terminal reaches neither it nor the server. Standard library only. It takes no orders: its parent stops
the server by a signal, and the guardian ends with it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tooling.tether import end_with_parent

GLANCE_SECONDS = 0.05
FAST_STOP_SECONDS_MAX = 20.0


def main() -> int:
    parent, scratch, uid, gid, inherited = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
    identity: dict[str, Any] = {"user": int(uid), "group": int(gid), "extra_groups": []} if uid else {}
    me = os.getpid()
    server = subprocess.Popen(
        sys.argv[6:],
        cwd="/",
        pass_fds=[int(inherited)] if inherited else [],
        preexec_fn=lambda: end_with_parent(me, signal.SIGINT),  # noqa: PLW1509 (this process has one thread)
        **identity,
    )
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda _number, _frame: server.send_signal(signal.SIGINT))
    while server.poll() is None and os.getppid() == parent:
        time.sleep(GLANCE_SECONDS)
    if os.getppid() != parent:
        stop(server)
        shutil.rmtree(scratch, ignore_errors=True)
    return server.wait()


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends the sessions and the server; at once, without a checkpoint, where that takes too long."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(FAST_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


if __name__ == "__main__":
    raise SystemExit(main())
