"""Makes `.venv` and installs the pinned requirements into it: `bootstrap.py [run|dev]`. Standard library only.

Nothing happens when the requirements have not changed since the last time. pip's own configuration (indexes, proxies,
certificates, wheel folders) is honoured, because pip does the work.
"""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tooling.pip_wheel import fetch_pip

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOG = ROOT / "var" / "log" / "pip.log"
SUPPORTED = ((3, 11), (3, 12), (3, 13))
LOG_LINES_SHOWN = 25
# What a folder of requirements is installed for; who has the second has the first.
REQUIREMENTS = {"run": ["requirements.txt"], "dev": ["requirements-dev.txt", "requirements.txt"]}


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (LOG.parent / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not environment_works():
            make_environment()
        if not installed(purpose):
            install(purpose)


def environment_works() -> bool:
    """Whether `.venv` has a Python that runs and that we support, and a pip."""
    check = f"import sys, pip; sys.exit(sys.version_info[:2] not in {SUPPORTED})"
    return succeeds([PYTHON, "-c", check])


def make_environment() -> None:
    """A new environment where there is none or where it is broken; then pip, by the first way that works."""
    say(f"Making {ENVIRONMENT.name} with Python {sys.version.split()[0]}")
    venv.EnvBuilder(clear=ENVIRONMENT.exists(), symlinks=True, with_pip=False).create(ENVIRONMENT)
    if succeeds([PYTHON, "-m", "ensurepip", "--default-pip"]):
        return
    if succeeds([sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"]):
        return
    say("This Python has neither ensurepip nor pip; fetching pip from the package index")
    wheel = fetch_pip(LOG.parent)
    run_or_explain([PYTHON, wheel / "pip", "install", "--no-index", wheel], "pip could not be installed")


def installed(purpose: str) -> bool:
    """Whether the requirements of this purpose, or of a wider one, stand installed as they are written now."""
    wider = [name for name, files in REQUIREMENTS.items() if set(files) >= set(REQUIREMENTS[purpose])]
    return any(stamp(name).exists() and stamp(name).read_text() == fingerprint(name) for name in wider)


def install(purpose: str) -> None:
    """Installs what is pinned; says where to look if it fails."""
    say(f"Installing {REQUIREMENTS[purpose][0]} (once; a minute or so)")
    file = ROOT / REQUIREMENTS[purpose][0]
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--prefer-binary",
        "-r",
        file,
    ]
    run_or_explain(command, "The requirements could not be installed")
    stamp(purpose).write_text(fingerprint(purpose))


def stamp(purpose: str) -> Path:
    return ENVIRONMENT / f"installed-{purpose}"


def fingerprint(purpose: str) -> str:
    """Changes with every requirement."""
    content = b"\n".join((ROOT / name).read_bytes() for name in REQUIREMENTS[purpose])
    return hashlib.sha256(content).hexdigest()


def run_or_explain(command: list[str | Path], complaint: str) -> None:
    """Runs quietly; on failure shows the end of what was said and ends."""
    if not succeeds(command):
        ending = "\n".join(LOG.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
        sys.exit(f"{ending}\n\n{complaint}. The whole log: {LOG}")


def succeeds(command: list[str | Path]) -> bool:
    """Whether a command runs and ends well; what it says goes to the log."""
    with LOG.open("ab") as log:
        try:
            return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0
        except OSError:
            return False


def say(sentence: str) -> None:
    print(f"{sentence} ...", flush=True)


if __name__ == "__main__":
    main()
