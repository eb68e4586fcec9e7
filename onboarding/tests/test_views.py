"""The views of operators: their SQL as it is written, without personal data, and away again with the migration."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from onboarding.models import Applicant

pytestmark = pytest.mark.django_db
GRAPH = {
    "initial": "PHONE_ENTERED",
    "transitions": [
        {"from": "PHONE_ENTERED", "action": "NEXT", "to": "OTP_VERIFIED", "actors": ["USER"], "auto": False,
         "after_seconds": None, "background": False, "step": None, "max_retries": None, "timeout_seconds": None,
         "compensation": None},
        {"from": "AML_CLEARED", "action": None, "to": "ACCOUNT_CREATED", "actors": [], "auto": True,
         "after_seconds": None, "background": True, "step": "create_account", "max_retries": 3, "timeout_seconds": 15.0,
         "compensation": "UNDO_ACCOUNT_CREATION"},
        {"from": "EKYC_PENDING", "action": None, "to": "EXPIRED", "actors": [], "auto": False, "after_seconds": 86400.0,
         "background": False, "step": None, "max_retries": None, "timeout_seconds": None, "compensation": None},
    ],
}  # fmt: skip


def rows(statement: str, *parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def deployed(graph: dict[str, Any]) -> None:
    rows(
        "INSERT INTO workflow_definition (workflow, version, fingerprint, graph, changes, queue, deployed_at)"
        " VALUES ('onboarding', 1, 'f', %s, '{}', 'default', now())",
        json.dumps(graph),
    )


def instance_of(applicant: Applicant, workflow: str = "onboarding") -> None:
    rows(
        "INSERT INTO workflow_instance (id, workflow, version, changes, status, state, correlation_id, queue, priority,"
        " waiting_for, token, sequence_number, inbox_number, recovery_count, created_at, updated_at)"
        " VALUES (%s, %s, 1, '{}', 'ACTIVE', 'PHONE_ENTERED', 'c', 'default', 0, '{NEXT}', 0, 1, 0, 0, now(), now())",
        applicant.id,
        workflow,
    )


def test_the_operators_statement_answers_with_the_applicant(applicant: Applicant) -> None:
    instance_of(applicant)
    (found,) = rows("SELECT * FROM onboarding_instance WHERE status = 'ACTIVE';")
    assert (found["id"], found["client"], found["user_id"]) == (applicant.id, "tests", applicant.user_id)
    assert (found["state"], found["applicant_status"]) == ("PHONE_ENTERED", "PHONE_ENTERED")
    assert applicant.phone_number not in str(found)


def test_other_workflows_are_not_onboardings(applicant: Applicant) -> None:
    instance_of(applicant, workflow="another")
    assert rows("SELECT * FROM onboarding_instance") == []


def test_the_table_of_a_machine_is_read_from_what_was_deployed() -> None:
    deployed(GRAPH)
    asked, auto, limit = rows("SELECT * FROM onboarding_transition")
    assert list(asked)[:9] == [
        "version",
        "from_state",
        "action",
        "to_state",
        "actors",
        "is_async",
        "max_retries",
        "timeout",
        "compensation",
    ]
    assert (asked["action"], asked["actors"], asked["is_async"]) == ("NEXT", ["USER"], False)
    assert (auto["action"], auto["is_async"], auto["max_retries"]) == ("AUTO", True, 3)
    assert (auto["timeout"].total_seconds(), auto["compensation"]) == (15, "UNDO_ACCOUNT_CREATION")
    assert (limit["action"], limit["to_state"], limit["state_limit"].days) == ("LIMIT", "EXPIRED", 1)


def test_nobody_edits_a_transition() -> None:
    deployed(GRAPH)
    with pytest.raises(Exception, match="cannot update view"):
        rows("UPDATE onboarding_transition SET to_state = 'COMPLETED'")


@pytest.mark.django_db(transaction=True)
def test_the_migrations_go_back_and_forth() -> None:
    def tables() -> int:
        return len(rows("SELECT 1 FROM information_schema.tables WHERE table_name LIKE 'onboarding\\_%%'"))

    before = tables()
    try:
        MigrationExecutor(connection).migrate([("onboarding", None)])
        assert tables() == 0
    finally:
        MigrationExecutor(connection).migrate([("onboarding", "0002_views")])
    assert tables() == before
