"""What PostgreSQL itself refuses: changed history, status edges outside the FSM, rows that break an invariant."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError, InternalError, ProgrammingError
from django_fsm import TransitionNotAllowed

from workflow import Run, client, workflow
from workflow.models import LIVE, TERMINAL, Instance, Status, WorkflowEvent
from workflow.models.instance import status_edges
from workflow.testing import Driven, Send, drive, undriven

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Driven:
    @workflow(name="waiting", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.wait_for("go")

    return drive(flow, None)


@pytest.fixture
def ended() -> Driven:
    @workflow(name="ending", timeout=None)
    def flow(run: Run, nothing: None) -> None:
        run.wait_for("go")

    return drive(flow, None, Send("go"))


def execute(sql: str, *given: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
        return int(cursor.rowcount)


def refused(sql: str, *given: Any) -> str:
    with pytest.raises(DatabaseError) as error:
        execute(sql, *given)
    assert isinstance(error.value, IntegrityError | InternalError | ProgrammingError)
    return str(error.value)


# -- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    ["payload = '{}'", "event_type = 'COMPLETED'", "sequence_number = 99", "created_at = now()", "actor_id = 'me'"],
)
def test_an_event_cannot_be_changed(waiting: Driven, change: str) -> None:
    assert "append-only" in refused(f"UPDATE workflow_event SET {change} WHERE instance_id = %s", waiting.instance_id)


def test_an_event_cannot_be_deleted(waiting: Driven, ended: Driven) -> None:
    for instance in (waiting, ended):
        assert "append-only" in refused("DELETE FROM workflow_event WHERE instance_id = %s", instance.instance_id)


def test_pruning_may_delete_the_history_of_what_ended_and_of_nothing_else(waiting: Driven, ended: Driven) -> None:
    with transaction.atomic():
        execute("SET LOCAL workflow.prune = 'on'")
        assert "append-only" in refused("DELETE FROM workflow_event WHERE instance_id = %s", waiting.instance_id)
        assert execute("DELETE FROM workflow_event WHERE instance_id = %s", ended.instance_id) == len(ended.events)


def test_a_number_stands_once_in_a_history(waiting: Driven) -> None:
    copy = "INSERT INTO workflow_event (instance_id, sequence_number, event_type, step_key, payload, created_at) "
    answer = refused(copy + "VALUES (%s, 1, 'STARTED', '', '{}', now())", waiting.instance_id)
    assert "one_per_number" in answer


def test_a_step_completes_once(waiting: Driven) -> None:
    insert = (
        "INSERT INTO workflow_event (instance_id, sequence_number, event_type, step_key, payload, created_at) "
        "VALUES (%s, %s, %s, 'pay#1', '{}', now())"
    )
    execute(insert, waiting.instance_id, 101, "STEP_COMPLETED")
    assert "one_completion_per_step" in refused(insert, waiting.instance_id, 102, "STEP_COMPLETED")
    assert "one_completion_per_step" in refused(insert, waiting.instance_id, 102, "SAGA_COMPENSATION")


# -- status -----------------------------------------------------------------------------------------------------------


def set_status(instance: str, status: str) -> None:
    """With everything else as that status needs it, so that only the edge is judged."""
    execute(
        """UPDATE workflow_instance SET status = %s, worker_id = NULL, wake_at = NULL,
            waiting_for = CASE WHEN %s THEN NULL ELSE ARRAY['X'] END,
            finished_at = CASE WHEN %s THEN now() END, paused_at = CASE WHEN %s = 'PAUSED' THEN now() END,
            updated_at = GREATEST(updated_at, now()) WHERE id = %s""",
        status,
        status in TERMINAL,
        status in TERMINAL,
        status,
        instance,
    )


def reach(instance: str, status: str) -> None:
    """By allowed edges only."""
    edges, ways = status_edges(), {"ACTIVE": [str(Status.ACTIVE)]}
    while status not in ways:
        for target, sources in edges.items():
            for source in sources:
                if source in ways:
                    ways.setdefault(target, [*ways[source], target])
    for step in ways[status][1:]:
        set_status(instance, step)


@pytest.mark.parametrize("source", list(Status))
def test_the_trigger_allows_exactly_the_edges_of_the_fsm(waiting: Driven, source: Status) -> None:
    edges = status_edges()
    for target in Status:
        if target == source:
            continue
        with pytest.raises(RollBack), transaction.atomic():
            _judge(waiting.instance_id, source, target, allowed=source in edges.get(target, ()))


def _judge(instance: str, source: str, target: str, *, allowed: bool) -> None:
    reach(instance, source)
    if allowed:
        set_status(instance, target)
    else:
        assert "status cannot go from" in str(_edge_error(instance, target))
    raise RollBack


class RollBack(Exception):
    """Back to where it was."""


def _edge_error(instance: str, target: str) -> Exception:
    with pytest.raises(DatabaseError) as error:
        set_status(instance, target)
    return error.value


def test_the_fields_of_the_fsm_cannot_be_set_by_hand(waiting: Driven) -> None:
    row = Instance.objects.get(pk=waiting.instance_id)
    with pytest.raises(AttributeError):
        row.status = Status.COMPLETED
    with pytest.raises(TransitionNotAllowed):
        row.resume()


def test_no_edge_leaves_a_terminal_status() -> None:
    sources = set(itertools.chain.from_iterable(status_edges().values()))
    assert not sources & {str(status) for status in TERMINAL}
    assert sources == {str(status) for status in LIVE}


# -- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("finished_at = now()", "finished_iff_terminal"),
        ("paused_at = now()", "paused_iff_paused_at"),
        ("waiting_for = NULL", "never_silent"),
        ("waiting_for = '{}'", "never_silent"),
        ("sequence_number = -1", "counts_upwards"),
        ("token = -1", "counts_upwards"),
        ("updated_at = created_at - interval '1 second'", "counts_upwards"),
    ],
)
def test_a_waiting_row_that_breaks_an_invariant_is_refused(waiting: Driven, change: str, constraint: str) -> None:
    assert constraint in refused(f"UPDATE workflow_instance SET {change} WHERE id = %s", waiting.instance_id)


@pytest.mark.parametrize("change", ["worker_id = gen_random_uuid()", "wake_at = now()", "waiting_for = ARRAY['X']"])
def test_a_finished_row_holds_nothing(ended: Driven, change: str) -> None:
    answer = refused(f"UPDATE workflow_instance SET {change} WHERE id = %s", ended.instance_id)
    assert "finished_is_idle" in answer


def test_a_live_business_key_stands_once(waiting: Driven) -> None:
    execute("UPDATE workflow_instance SET business_key = 'k' WHERE id = %s", waiting.instance_id)
    with undriven():
        other = client.start("waiting", None).instance_id
    answer = refused("UPDATE workflow_instance SET business_key = 'k' WHERE id = %s", other)
    assert "one_live_per_key" in answer


def test_the_operators_sql_of_the_engine_runs_as_written(waiting: Driven) -> None:
    for sql in (
        f"SELECT * FROM workflow_event WHERE instance_id = '{waiting.instance_id}' ORDER BY sequence_number;",
        "SELECT * FROM workflow_event WHERE event_type = 'SAGA_COMPENSATION';",
        "SELECT * FROM workflow_event WHERE event_type = 'RECOVERY';",
        "SELECT * FROM workflow_event WHERE event_type = 'VERSION_MARKER';",
        """SELECT COUNT(*) FROM workflow_event WHERE event_type = 'RECOVERY' AND created_at > NOW() - INTERVAL '1 hour'
        HAVING COUNT(*) > 10;""",
    ):
        execute(sql)
    assert WorkflowEvent.objects.filter(instance_id=waiting.instance_id).count() == len(waiting.events)
