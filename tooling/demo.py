"""`make demo`: the four scenarios, against the running system, or against a private one that is gone afterwards."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tooling.run import FAILURES, Ended, listen_for_the_end, say
from tooling.system import System
from tooling.system.places import ROOT, Places, var_folder
from tooling.system.programs import manage

PRIVATE_WEB_PORT = 8090


def main() -> int:
    os.chdir(ROOT)
    listen_for_the_end()
    words = sys.argv[1:]
    try:
        state = Places(var_folder()).state()
        if state and alive(int(state["pid"])):
            return play({**os.environ, **state["environment"]}, words)
        return play_alone(words)
    except Ended:
        return 130
    except FAILURES as error:
        say(f"\n{error}")
        return 1


def play_alone(words: list[str]) -> int:
    """A system of its own in a temporary folder."""
    say("No system runs (`make run` starts one); starting a private one")
    with (
        tempfile.TemporaryDirectory(prefix="steadfast-demo-") as folder,
        System(Path(folder), driven=False, say=say, web_port=PRIVATE_WEB_PORT) as system,
    ):
        return play(system.environment, words)


def play(environment: dict[str, str], words: list[str]) -> int:
    """The scenarios themselves are a management command."""
    return subprocess.run(manage("demo", *words), cwd=ROOT, env=environment, check=False).returncode


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
