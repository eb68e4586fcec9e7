"""`python -m tooling.manage COMMAND ...`: a management command against the system that `make run` started."""

import os
import sys

from tooling.demo import alive
from tooling.run import say
from tooling.system.places import ROOT, Places, var_folder
from tooling.system.programs import manage


def main() -> int:
    """Becomes the command; its environment is the running system's."""
    state = Places(var_folder()).state()
    if state is None or not alive(int(state["pid"])):
        say("No system runs (`make run` starts one).")
        return 1
    os.chdir(ROOT)
    command = manage(*sys.argv[1:])
    return os.execve(command[0], command, {**os.environ, **state["environment"]})  # noqa: S606  our own command


if __name__ == "__main__":
    sys.exit(main())
