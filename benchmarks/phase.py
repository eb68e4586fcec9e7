"""One measured phase: a fresh process on emptied tables, which answers through a file and ends with us."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import plan
from benchmarks.asked import Asked
from benchmarks.environment import ROOT, peer_python
from benchmarks.server import Server

PHASE_SECONDS_MAX = 1800
MODULES = {
    plan.STEADFAST: "benchmarks.subjects.steadfast",
    plan.BARE: "benchmarks.subjects.bare",
    plan.PEER: "benchmarks.subjects.peer",
}


class PhaseFailed(Exception):
    """The process of a phase ended badly; the message is the end of what it said."""


def run(server: Server, case: plan.Case, **load: Any) -> dict[str, Any]:
    """Measure one case. `load` as in `Asked`: seconds or count, profile, marks."""
    server.empty()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.json"
        asked = Asked(answer=str(path), in_flight=case.in_flight, pinned=case.pinned, **load)
        python = str(peer_python()) if case.subject == plan.PEER else sys.executable
        ended = subprocess.run(
            [sys.executable, "-m", "tooling.tether", python, "-m", MODULES[case.subject], asked.written()],
            cwd=ROOT,
            env=server.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PHASE_SECONDS_MAX,
        )
        if ended.returncode or not path.exists():
            raise PhaseFailed(f"{case.name}: {ended.stderr[-2000:] or ended.stdout[-2000:]}")
        found: dict[str, Any] = json.loads(path.read_text())
    return found


def counted(server: Server, case: plan.Case, workflows: int) -> dict[str, float]:
    """Statements and commits per workflow by the server's own count, less those of a process that does nothing."""
    url = server.peer_url if case.subject == plan.PEER else server.url
    spent = []
    for count in (0, workflows):
        server.empty()
        before = server.counts(url)
        found = run(server, case, count=count)
        spent.append(server.counts(url) - before)
    nothing, all_of_them = spent
    net = all_of_them - nothing
    checkpoints = found.get("telemetry", {}).get("checkpoints", 0)
    return {
        "workflows": workflows,
        "statements_per_workflow": net.statements / workflows,
        "commits_per_workflow": net.commits / workflows,
        "checkpoints_per_workflow": checkpoints / workflows,
        "statements_per_checkpoint": net.checkpoint_statements / checkpoints if checkpoints else 0.0,
    }
