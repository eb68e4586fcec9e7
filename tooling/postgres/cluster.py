"""Makes a data folder: UTF-8, checksums, a password for every connection, and one database for the project."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tooling.postgres.binaries import Binaries
from tooling.postgres.folder import ServerFolder
from tooling.postgres.identity import Identity

USER = DATABASE = "steadfast"
BUILTIN_LOCALE_VERSION_MIN = 17


class ClusterNotMade(Exception):
    """initdb failed; the message is what it said."""


def make_cluster(folder: ServerFolder, programs: Binaries, *, identity: Identity, scratch: Path, durable: bool) -> None:
    """Runs initdb in a new folder, which gets its name once it is whole; the password stays beside it, for us alone."""
    unfinished = folder.cluster.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    identity.own(unfinished)
    private_file(folder.password_file, secrets.token_hex(16))
    handed_over = private_file(scratch / "initial-password", folder.password)
    identity.own(handed_over)
    options = ["-U", USER, "-E", "UTF8", "--auth=scram-sha-256", "--data-checksums", *locale(programs.version)]
    options += [] if durable else ["--no-sync"]
    try:
        with identity.doorway(unfinished) as (name, inherited):
            command: list[str | Path] = [programs.initdb, "-D", name, "--pwfile", handed_over, *options]
            run_initdb(command, pass_fds=inherited, **identity.popen())
    finally:
        handed_over.unlink()
    unfinished.rename(folder.cluster)


def run_initdb(command: Sequence[str | Path], **identity: Any) -> None:
    """From the root folder, which every user may enter."""
    ended = subprocess.run(command, cwd="/", check=False, capture_output=True, text=True, **identity)
    if ended.returncode:
        raise ClusterNotMade(f"initdb failed: {ended.stderr.strip()}")


def private_file(path: Path, content: str) -> Path:
    """A file that nobody else can read, not even while it is being written."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(content)
    return path


def locale(version: int) -> list[str]:
    """Upper and lower case by Unicode, order by code point, alike on every machine as far as the version can."""
    if version >= BUILTIN_LOCALE_VERSION_MIN:
        return ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=en_US.UTF-8"] if sys.platform == "darwin" else ["--locale=C.UTF-8"]
