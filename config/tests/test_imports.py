"""Imports go one way: the contracts of pyproject.toml hold, and the core lives without Django."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_DJANGO = """
import pkgutil, sys
import workflow, workflow.core
for module in pkgutil.walk_packages(workflow.core.__path__, "workflow.core."):
    if ".tests" not in module.name:
        __import__(module.name)
print(*sorted(name for name in sys.modules if name.split(".")[0] in {"django", "psycopg", "rest_framework"}))
"""


def test_the_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    ended = subprocess.run([*command, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_the_core_and_the_words_of_authors_import_no_django() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == ""
