"""What the run ran on and with, by what the machine itself says."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from typing import Any

from benchmarks.environment import ROOT, peer_version
from benchmarks.server import Server

COMMANDS = ("uname -srm", "nproc", "lscpu", "free -h", "df -h .", "uptime")
CPU_LINES = ("Model name", "CPU(s):", "Thread(s) per core", "L2", "L3", "Hypervisor")


def described(server: Server) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": output("git rev-parse --short HEAD"),
        "versions": {
            "Python": platform.python_version(),
            "PostgreSQL": server.version(),
            "psycopg": importlib.metadata.version("psycopg"),
            "Django": importlib.metadata.version("django"),
            "dbos": peer_version(),
        },
        "machine": {command: output(command) for command in COMMANDS},
        "load": list(os.getloadavg()),
    }


def output(command: str) -> str:
    """What a command says; empty where this machine does not have it."""
    try:
        said = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
    if command == "lscpu":
        return "\n".join(line for line in said.splitlines() if any(word in line for word in CPU_LINES))
    return said
