"""Tells whether static files have to be collected again: by their names, sizes and times, and the requirements."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tooling.system.places import ROOT


def static_fingerprint() -> str:
    """Changes when a static file or a requirement does."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(static_sources()):
        status = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_sources() -> Iterator[Path]:
    """Every file that our own applications serve; those of packages follow requirements.txt."""
    for folder in (ROOT / "static", *ROOT.glob("*/static")):
        if folder.parent.name != "var":
            yield from (path for path in folder.rglob("*") if path.is_file())
