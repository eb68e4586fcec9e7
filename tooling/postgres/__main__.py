"""`python -m tooling.postgres [--data DIR] --run -- COMMAND...` runs COMMAND with DATABASE_URL of its own server."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tooling.postgres import Postgres, PostgresFailed
from tooling.postgres.binaries import CHOICE_VARIABLE, NoPostgres
from tooling.postgres.cluster import ClusterNotMade
from tooling.postgres.folder import FolderInUse


def main() -> int:
    options = parse(sys.argv[1:])
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, leave)
    try:
        with Postgres(options.data, choice=options.choice) as server:
            return subprocess.run(
                options.command, env={**os.environ, "DATABASE_URL": server.url}, check=False
            ).returncode
    except (PostgresFailed, NoPostgres, ClusterNotMade, FolderInUse) as error:
        sys.exit(str(error))


def leave(number: int, _frame: FrameType | None) -> NoReturn:
    """A signal ends the command and the server like Ctrl-C does."""
    raise SystemExit(128 + number)


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tooling.postgres", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder that keeps the data; a throw-away cluster without it")
    parser.add_argument("--choice", help=f"a major version or a folder; what {CHOICE_VARIABLE} takes")
    parser.add_argument("--run", action="store_true", required=True, help="run the command after --")
    parser.add_argument("command", nargs="+", help="the command and its arguments")
    return parser.parse_args(words)


if __name__ == "__main__":
    raise SystemExit(main())
