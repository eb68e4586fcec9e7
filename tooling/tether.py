"""Ties a process to its parent: `python -m tooling.tether COMMAND...` becomes COMMAND and ends with its parent.

Only Linux can do this (PR_SET_PDEATHSIG); elsewhere the command simply runs, and whoever started it ends it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, with_signal: signal.Signals) -> None:
    """From now on the kernel sends `with_signal` to this process when the parent dies; it may be dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), with_signal)


def main() -> None:
    end_with_parent(os.getppid(), signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
