"""The peer's environment: made once under `var/bench/peer`, made again when its requirements change."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "bench" / "peer"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = Path(__file__).with_name("requirements-peer.txt")
STAMP = FOLDER / "installed"
INSTALL_SECONDS_MAX = 300


class NotInstalled(Exception):
    """The peer could not be installed; the message is pip's last line."""


def peer_python() -> Path:
    """The Python that has the peer. Errors: NotInstalled (no network, no wheel for this Python)."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return PYTHON
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(FOLDER)
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "--disable-pip-version-check"]
    try:
        ended = subprocess.run(
            [*pip, "--no-deps", "-r", str(REQUIREMENTS)],
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"pip took longer than {INSTALL_SECONDS_MAX} s") from error
    if ended.returncode:
        told = ended.stderr.strip().splitlines() or ["pip failed"]
        raise NotInstalled(told[-1])
    STAMP.write_text(wanted)
    return PYTHON


def peer_version() -> str:
    """As pinned."""
    [line] = [line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("dbos==")]
    return line.removeprefix("dbos==")
