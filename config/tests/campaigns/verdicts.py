"""What must hold after any campaign, told by rows, histories and the ledger at the other side."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.db import connection

from config.tests.campaigns.customers import Customer
from simulator.client import SimulatorClient
from workflow.engine.replayer import replay_fleet

SILENT = """SELECT id::text FROM workflow_instance i
    WHERE finished_at IS NULL AND wake_at IS NULL AND waiting_for IS NULL AND paused_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM workflow_worker w WHERE w.id = i.worker_id AND w.stopped_at IS NULL)"""
COMPLETED_TWICE = """SELECT instance_id::text, event_type, step_key, payload ->> 'position', count(*)
    FROM workflow_event WHERE event_type IN ('STEP_COMPLETED', 'SAGA_COMPENSATION')
    GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"""
STILL_RUNNING = """SELECT s.instance_id::text, s.step_key FROM step_execution s
    JOIN workflow_instance i ON i.id = s.instance_id
    WHERE i.finished_at IS NOT NULL AND s.status = 'RUNNING'"""
OPEN_INCIDENTS = "SELECT instance_id::text, kind, message FROM workflow_incident WHERE status <> 'RESOLVED'"
FAILURES = "SELECT id::text, failure FROM workflow_instance WHERE failure IS NOT NULL"
DONE_ONCE = {"messages.send", "checks.submit", "accounts.open", "wallets.open", "cards.open"}
LEFT_IN_INBOX = """SELECT b.instance_id::text, b.name FROM workflow_inbox b
    JOIN workflow_instance i ON i.id = b.instance_id WHERE i.finished_at IS NOT NULL AND b.taken_at IS NULL"""


def rows(statement: str, **given: Any) -> list[tuple[Any, ...]]:
    """What a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def number(statement: str, **given: Any) -> int:
    return int(rows(statement, **given)[0][0])


def completed(ids: list[str]) -> int:
    """How many of them are done."""
    return number(
        "SELECT count(*) FROM workflow_instance WHERE id = ANY(%(ids)s::uuid[]) AND status = 'COMPLETED'", ids=ids
    )


def events(kind: str, instance_id: str | None = None) -> int:
    """How many events of a kind there are."""
    return number(
        """SELECT count(*) FROM workflow_event WHERE event_type = %(kind)s
        AND (%(id)s::uuid IS NULL OR instance_id = %(id)s::uuid)""",
        kind=kind,
        id=instance_id,
    )


def standing() -> str:
    """Where everything stands, for the message of a campaign that does not end."""
    found = rows("""SELECT i.workflow, version, i.status, state, waiting_for, i.worker_id IS NOT NULL AS held,
        round(extract(epoch FROM wake_at - now())) AS due_in, recovery_count, max(s.error ->> 'message'),
        count(DISTINCT i.id)
        FROM workflow_instance i LEFT JOIN step_execution s ON s.instance_id = i.id
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 10 DESC""")
    return "\n".join(map(str, found))


def rows_kept(instance_id: str) -> list[str]:
    """The business rows of the sample's atomic steps, without the token they were written under."""
    found = rows("SELECT name FROM auth_group WHERE name LIKE %(mine)s ORDER BY name", mine=f"{instance_id}:%")
    return [name.split(":")[1] for (name,) in found]


def assert_sound(*, incidents: bool = False) -> None:
    """Nothing silent, nothing done twice, nothing left over; every history replays clean."""
    assert rows(SILENT) == []
    assert rows(COMPLETED_TWICE) == []
    assert rows(STILL_RUNNING) == []
    assert rows(LEFT_IN_INBOX) == []
    if not incidents:
        assert rows(OPEN_INCIDENTS) == []
    assert [report for report in replay_fleet(live_only=False) if not report.ok] == []


def assert_ledger_exact(simulator: SimulatorClient, customers: list[Customer]) -> None:
    """Each provider effect happened once, asked for under one key, and what was rolled back nets to nothing."""
    assert simulator.duplicates() == []
    ledger = simulator.ledger()
    left: dict[str, dict[str, int]] = defaultdict(dict)
    for net in ledger.nets:
        if net["quantity"]:
            left[net["reference"]][net["kind"]] = net["quantity"]
    assert {c.instance_id: left[c.instance_id] for c in customers} == {c.instance_id: _due(c) for c in customers}
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in ledger.calls:
        if call["operation"] in DONE_ONCE:
            keys[call["reference"], call["operation"]].add(call["idempotencyKey"])
    doubled = {place: found for place, found in keys.items() if len(found) > 1}
    assert not doubled, f"{doubled}: {_attempts(sorted(place[0] for place in doubled))}"


def _attempts(ids: list[str]) -> list[tuple[Any, ...]]:
    return rows(
        """SELECT instance_id::text, sequence_number, event_type, step_key, payload -> 'attempt', payload ->> 'outcome',
        payload -> 'error' ->> 'message' FROM workflow_event
        WHERE instance_id = ANY(%(ids)s::uuid[]) AND event_type LIKE 'STEP%%' ORDER BY 1, 2""",
        ids=ids,
    )


def _due(customer: Customer) -> dict[str, int]:
    """What the ledger holds for a customer in the end."""
    kinds = ["MESSAGE", "CHECK"]
    if not customer.is_listed:
        kinds += ["ACCOUNT"] if customer.version == 1 else ["ACCOUNT", "WALLET", "CARD"]
    return dict.fromkeys(kinds, 1)


def statuses(customers: list[Customer]) -> Counter[tuple[int, bool, str, str]]:
    """Version, listed or not, status, state: how many."""
    found = {i: (status, state) for i, status, state in rows("SELECT id::text, status, state FROM workflow_instance")}
    return Counter((c.version, c.is_listed, *found[c.instance_id]) for c in customers)


def assert_all_ended_rightly(customers: list[Customer]) -> None:
    """Completed, rejected (v1 has nothing to undo) or rolled back (v2), as each customer's name decides."""
    allowed = {
        (1, False, "COMPLETED", "COMPLETED"),
        (2, False, "COMPLETED", "COMPLETED"),
        (1, True, "COMPLETED", "AML_REJECTED"),
        (2, True, "COMPENSATED", "AML_REJECTED"),
    }
    wrong = {what: count for what, count in statuses(customers).items() if what not in allowed}
    assert not wrong, f"{wrong}: {rows(FAILURES)}"
