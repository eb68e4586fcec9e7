"""Ends every process that carries the mark of one run, whatever became of those who were to end it."""

import json
import os
import shutil
from contextlib import suppress

import psutil

from tooling.postgres.cluster import private_file
from tooling.system.environment import RUN_MARK
from tooling.system.places import Places

GRACE_SECONDS = 5.0


def end_leftovers(mark: str) -> int:
    """Asks, waits, insists; returns how many there were. In a system that ended well there are none."""
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and carries(process, mark)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=GRACE_SECONDS)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)
    return len(left)


def clear_up_after_the_last_run(places: Places) -> None:
    """A run that was killed left its programs to end by themselves; ours must not meet them. Under the lock only."""
    if places.last_run.exists():
        last = json.loads(places.last_run.read_text())
        end_leftovers(last["mark"])
        shutil.rmtree(last["folder"], ignore_errors=True)


def remember_this_run(places: Places, *, mark: str, folder: str) -> None:
    private_file(places.last_run, json.dumps({"mark": mark, "folder": folder}))


def carries(process: psutil.Process, mark: str) -> bool:
    """Whether the process was told this mark; one whose environment we may not read is not ours."""
    with suppress(psutil.Error, OSError):
        return process.environ().get(RUN_MARK) == mark
    return False
