"""`startworkflow` makes an application that passes its own tests, the linter and the system checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from workflow.management.tests.processes import ROOT, environment

SETTINGS = """from config.settings_test import *
INSTALLED_APPS = [*INSTALLED_APPS, "refunds.apps.RefundsConfig"]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the new application and settings that install it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "refunds").mkdir()
    call_command("startworkflow", "refunds", str(folder / "refunds"), verbosity=0)
    (folder / "project_settings.py").write_text(SETTINGS)
    return folder


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    at = connection.settings_dict
    told = environment(
        DJANGO_SETTINGS_MODULE="project_settings",
        PYTHONPATH=f"{project}:{ROOT}",
        DATABASE_URL=f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/another_business",
    )
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=120
    )


def test_its_own_tests_pass(project: Path) -> None:
    plugins = ("-p", "no:cacheprovider", "-p", "workflow.testing.plugin")
    ended = run(project, "pytest", "-q", *plugins, "--ds", "project_settings", str(project / "refunds"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 passed" in ended.stdout


def test_the_linter_has_nothing_to_say(project: Path) -> None:
    ended = run(
        project, "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(project / "refunds")
    )
    assert ended.returncode == 0, ended.stdout


def test_the_checks_pass_and_no_migration_is_missing(project: Path) -> None:
    ended = run(project, "django", "check", "--fail-level", "WARNING")
    assert ended.returncode == 0, ended.stderr
    ended = run(project, "django", "makemigrations", "--check", "--dry-run", "refunds")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_name_that_exists_is_refused() -> None:
    with pytest.raises(CommandError, match="conflicts with the name of an existing Python module"):
        call_command("startworkflow", "onboarding")
