"""`make run`: the whole system with demo data, until Ctrl-C, SIGTERM or a closed terminal. Leaves no process."""

import os
import select
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from tooling.postgres import PostgresFailed
from tooling.postgres.binaries import NoPostgres
from tooling.postgres.cluster import ClusterNotMade
from tooling.postgres.folder import FolderInUse
from tooling.system import System, SystemFailed
from tooling.system.places import ROOT, var_folder

GLANCE_SECONDS = 1.0
FAILURES = (SystemFailed, PostgresFailed, NoPostgres, ClusterNotMade, FolderInUse)


class Ended(BaseException):
    """Somebody asked for the end."""


def main() -> int:
    os.chdir(ROOT)
    listen_for_the_end()
    started_by, in_terminal = os.getppid(), sys.stdin.isatty()
    try:
        with System(var_folder(), driven=True, say=say) as system:
            say(welcome(system))
            while os.getppid() == started_by and not (in_terminal and terminal_closed()):
                system.tend()
                time.sleep(GLANCE_SECONDS)
    except Ended:
        say("\nEnded; the data stay until `make clean`.")
    except FAILURES as error:
        say(f"\n{error}")
        return 1
    return 0


def listen_for_the_end() -> None:
    """The first signal ends the run; while it ends, further ones change nothing. What nohup ignores stays ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue
        signal.signal(number, end)


def end(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("\nEnding: programs first, then the database ...")
    raise Ended


def terminal_closed() -> bool:
    """Where make itself leads the session, it alone hears of a closed terminal and tells nobody."""
    terminal = select.poll()
    terminal.register(sys.stdin, select.POLLHUP)
    return any(event & select.POLLHUP for _, event in terminal.poll(0))


def say(text: str) -> None:
    """A line for the terminal; one that has been closed cannot hear it, and that must not stop the ending."""
    with suppress(OSError):
        print(text, flush=True)


def welcome(system: System) -> str:
    """What to open, how to log in, what to try."""
    secrets = system.environment
    call = f"curl -sS -H 'Authorization: Bearer {secrets['DEMO_API_KEY']}' -H 'Content-Type: application/json'"
    api = f"{system.web_url}/api/onboarding"
    return f"""
Steadfast is running. Ctrl-C ends it.

  Admin       {system.web_url}/admin/      log in as admin, password {secrets["DEMO_ADMIN_PASSWORD"]}
  API         {system.web_url}/api/docs
  Providers   {system.simulator_url}/      (simulated: text messages, identity checks, core banking)
  Logs        {system.places.log}/, data beside them until `make clean`

Start an onboarding, then ask how it stands (INSTANCE is the instanceId of the first answer):

  {call} \\
    -d '{{"userId": "user123"}}' {api}/start
  {call} \\
    {api}/INSTANCE/status

Or let `make demo` play the four scenarios in another terminal.
"""


if __name__ == "__main__":
    sys.exit(main())
