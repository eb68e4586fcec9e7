"""Each check finds what it is for, by its id; the project itself passes all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from workflow import NOTHING_TO_UNDO, Reconciliation, StepContext, checks, discovery, step
from workflow.checks import database
from workflow.checks.database import check_aliases, check_trigger_in_migrations, check_trigger_in_postgres
from workflow.checks.definitions import check_refused, check_undo_names, check_undos_declared
from workflow.checks.settings import check_cluster, check_names, check_order, check_values
from workflow.core.errors import DefinitionError
from workflow.management.tests.processes import manage

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "HOST": "h", "PORT": 5432, "NAME": "n"}


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


# -- the whole --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_project_passes_every_check_without_a_warning() -> None:
    call_command("check", "--fail-level", "WARNING", "--database", "default")


@pytest.mark.django_db
def test_a_definition_that_cannot_register_is_told_as_a_check_and_stops_every_host() -> None:
    ended = manage("check", DJANGO_SETTINGS_MODULE="workflow.management.tests.settings_with_a_wrong_workflow")
    assert ended.returncode == 1
    assert "workflow.management.tests.wrong.workflows: (workflow.E003) later is async or a generator" in ended.stderr
    ended = manage("workflow_worker", DJANGO_SETTINGS_MODULE="workflow.management.tests.settings_with_a_wrong_workflow")
    assert (ended.returncode, "workflow.E003" in ended.stderr) == (1, True)


def test_a_server_without_checks_of_its_own_refuses_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    checks.require_no_errors()
    error = DefinitionError("It is wrong.", check_id="workflow.E010")
    monkeypatch.setattr(discovery, "refused", [("app.workflows", error)])
    assert ids(check_refused()) == ["workflow.E010"]
    with pytest.raises(ImproperlyConfigured, match=r"app\.workflows: \(workflow\.E010\) It is wrong\."):
        checks.require_no_errors()


def test_every_id_is_explained() -> None:
    told = checks.__doc__ or ""
    for path in Path(checks.__path__[0]).glob("*.py"):
        for word in path.read_text().split('"'):
            if word.startswith("workflow.") and word[9:10] in "EW" and word[10:].isdigit():
                assert word in told


# -- definitions ------------------------------------------------------------------------------------------------------


def look(ctx: StepContext) -> Reconciliation:
    return Reconciliation.unknown()


def declared(**options: Any) -> Any:
    def write(ctx: StepContext) -> None: ...

    return step(**options)(write)


def undo_of(name: str) -> Any:
    def undo(ctx: StepContext) -> None: ...

    undo.__qualname__ = f"undo_{name}"
    return step(name="UNDO")(undo)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"atomic": True}, ["workflow.W010"]),
        ({"reconcile": look}, ["workflow.W010"]),
        ({"at_most_once": True}, ["workflow.W010"]),
        ({"atomic": True, "undo": NOTHING_TO_UNDO}, []),
        ({"atomic": True, "undo": undo_of("it")}, []),
        ({"atomic": True, "pivot": True}, []),
        ({}, []),
    ],
)
def test_a_step_that_acts_says_how_it_is_undone(options: dict[str, Any], found: list[str]) -> None:
    assert ids(check_undos_declared([declared(**options)])) == found


def test_an_undo_needs_no_undo() -> None:
    def back(ctx: StepContext) -> None: ...

    undo = step(atomic=True)(back)
    assert check_undos_declared([undo, declared(atomic=True, undo=undo)]) == []


def test_two_undos_of_one_name_are_an_error_and_one_undo_of_two_steps_is_none() -> None:
    one, other = undo_of("one"), undo_of("other")
    assert ids(check_undo_names([declared(undo=one), declared(undo=other)])) == ["workflow.E050"]
    assert check_undo_names([declared(undo=one), declared(undo=one)]) == []


# -- the database -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "engine", "found"),
    [
        ({}, {}, []),
        ({"ATOMIC_REQUESTS": True}, {}, ["workflow.E020"]),
        ({}, None, ["workflow.E021"]),
        ({}, {"NAME": "another"}, ["workflow.E022"]),
        ({}, {"HOST": "another", "PORT": 1}, ["workflow.E022"]),
        ({"ENGINE": "django.db.backends.sqlite3"}, {}, ["workflow.E023"]),
    ],
)
def test_two_aliases_one_database(default: dict[str, Any], engine: dict[str, Any] | None, found: list[str]) -> None:
    databases = {"default": {**POSTGRES, **default}}
    if engine is not None:
        databases["engine"] = {**POSTGRES, **engine}
    assert ids(check_aliases(databases)) == found


def test_the_trigger_of_the_migrations_is_compared_with_the_fsm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert check_trigger_in_migrations() == []
    drifted = tmp_path / "guard.sql"
    drifted.write_text(database.GUARD.read_text().replace("('ACTIVE', 'PAUSED')", "('COMPLETED', 'ACTIVE')"))
    monkeypatch.setattr(database, "GUARD", drifted)
    lacking, permitting = check_trigger_in_migrations()
    assert "lacks ACTIVE -> PAUSED" in str(lacking)
    assert "permits COMPLETED -> ACTIVE" in str(permitting)
    assert ids([lacking, permitting]) == ["workflow.E040"] * 2


@pytest.mark.django_db
def test_the_trigger_of_postgres_is_compared_with_the_fsm() -> None:
    assert check_trigger_in_postgres() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION workflow_status_guard() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$"
        )
    found = check_trigger_in_postgres()
    assert set(ids(found)) == {"workflow.W041"}
    assert not any(message.is_serious() for message in found), "an error would keep `migrate` from putting it right"


# -- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HEARTBEAT_SECONDS", 0, "must be greater than 0"),
        ("RETRY_INTERVAL_SECONDS", -30, "must be greater than 0"),
        ("TURN_THREADS", 0, "must be greater than 0"),
        ("TURN_THREADS", 1.5, "takes a whole number"),
        ("RETENTION_DAYS", -1, "must be greater than 0"),
        ("POLL_SECONDS", "1", "takes a number"),
        ("MAX_RETRIES", True, "takes a number"),
        ("CLEANUP_ENABLED", 1, "takes a bool"),
        ("REDIS_URL", None, "takes a str"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: Any, name: str, value: Any, told: str) -> None:
    assert check_values() == []
    setattr(settings, f"WORKFLOW_{name}", value)
    (found,) = check_values()
    assert (found.id, told in str(found), name in str(found)) == ("workflow.E030", True, True)


@pytest.mark.parametrize("name", ["MAX_RETRIES", "INLINE_BUDGET_SECONDS", "RETENTION_DAYS"])
def test_some_settings_may_be_zero(settings: Any, name: str) -> None:
    setattr(settings, f"WORKFLOW_{name}", 0)
    assert check_values() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"HEARTBEAT_SECONDS": 5, "DEAD_AFTER_SECONDS": 14}, "workflow.E031"),
        ({"HISTORY_WARNING_EVENTS": 10, "HISTORY_MAXIMUM_EVENTS": 9}, "workflow.E032"),
        ({"RETENTION_DAYS": 401}, "workflow.E032"),
    ],
)
def test_settings_that_do_not_go_together_are_named(settings: Any, changes: dict[str, Any], found: str) -> None:
    assert check_order() == []
    for name, value in changes.items():
        setattr(settings, f"WORKFLOW_{name}", value)
    assert ids(check_order()) == [found]


def test_a_misspelt_setting_is_told_with_the_right_one(settings: Any) -> None:
    assert check_names() == []
    settings.WORKFLOW_HEARTBEAT_SECOND = 1
    (found,) = check_names()
    assert (found.id, found.hint) == ("workflow.W001", "Did you mean WORKFLOW_HEARTBEAT_SECONDS?")


@pytest.mark.parametrize("change", [{"bulk": 5}, {"queue_limit": 50}, {"max_attempts": 0}, {"ack_failures": False}])
def test_a_cluster_that_takes_tasks_in_advance_or_repeats_them_is_warned_of(change: dict[str, Any]) -> None:
    right = {"workers": 2, "bulk": 1, "queue_limit": 2, "max_attempts": 1, "ack_failures": True}
    assert check_cluster(right) == []
    assert ids(check_cluster({**right, **change})) == ["workflow.W020"]
