"""Replay: is the stored row what its history folds to, and does today's code still repeat that history? No effect.

Read `replay`. Events up to the row's own sequence number never change: an instance that moves meanwhile does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from workflow.core.definition import Definition
from workflow.core.errors import InstanceNotFound, UnknownDefinition
from workflow.core.events import Event, EventType
from workflow.core.history import History
from workflow.core.ports import InstanceFacts
from workflow.core.registry import registry
from workflow.engine.connection import fetch
from workflow.engine.lease import EVENTS, event_of
from workflow.engine.redrive import Diverged, redrive

BATCH_SIZE = 100
KEPT = (EventType.STATE_ENTERED, EventType.CONTINUED)  # with a snapshot each


class Verdict(StrEnum):
    CLEAN = "CLEAN"  # row, snapshots and code agree with the history
    DIVERGED = "DIVERGED"  # today's code would not repeat the history
    ROW_DIFFERS = "ROW_DIFFERS"  # the row (or a snapshot) is not what the history says
    NO_DEFINITION = "NO_DEFINITION"  # this process does not have its code


@dataclass(frozen=True, slots=True)
class Difference:
    """What the table holds, and what the history says. Values may be personal: for staff with that right."""

    what: str
    stored: Any
    folded: Any


@dataclass(frozen=True, slots=True)
class ReplayReport:
    instance_id: str
    workflow: str
    version: int
    is_live: bool
    events: int
    verdict: Verdict
    divergence: Diverged | None = None
    differences: list[Difference] = field(default_factory=list)
    message: str = ""

    @property
    def ok(self) -> bool:
        return self.verdict is Verdict.CLEAN

    @property
    def alarming(self) -> bool:
        """An ended instance whose code is gone is past caring; a live one would stand."""
        return not self.ok and (self.verdict is not Verdict.NO_DEFINITION or self.is_live)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """What of an instance's row its history must give."""

    id: str
    workflow: str
    version: int
    changes: dict[str, int]
    status: str
    state: str | None
    input: Any
    result: Any
    failure: Any
    sequence_number: int
    business_key: str | None
    correlation_id: str
    is_live: bool
    is_ahead: bool  # the history has events beyond the row's number


ROWS = """SELECT i.id::text, i.workflow, i.version, i.changes, i.status, i.state, i.input, i.result, i.failure,
    i.sequence_number, i.business_key, i.correlation_id, i.finished_at IS NULL,
    EXISTS (SELECT 1 FROM workflow_event e WHERE e.instance_id = i.id AND e.sequence_number > i.sequence_number)
    FROM workflow_instance i WHERE i.id = ANY(%(ids)s::text[]::uuid[]) ORDER BY i.id"""
Snapshot = tuple[int, str, dict[str, Any]]


def replay(instance_id: str) -> ReplayReport:
    """One instance. Errors: InstanceNotFound."""
    for report in replay_all([str(instance_id)]):
        return report
    raise InstanceNotFound(f"There is no instance {instance_id}.")


def replay_all(ids: list[str]) -> Iterator[ReplayReport]:
    """These instances, in three queries; those that do not exist are left out."""
    rows = [Row(*found) for found in fetch(ROWS, {"ids": ids}, using=DEFAULT_DB_ALIAS)]
    histories, snapshots = _events(ids), _snapshots(ids)
    for row in rows:
        yield report_on(row, histories.get(row.id, []), snapshots.get(row.id, []))


def replay_fleet(*, live_only: bool, workflow: str | None = None) -> Iterator[ReplayReport]:
    """Every instance (of a workflow), batch by batch in the order of ids."""
    for batch in _batches(live_only=live_only, workflow=workflow):
        yield from replay_all(batch)


def _batches(*, live_only: bool, workflow: str | None) -> Iterable[list[str]]:
    sql = """SELECT id::text FROM workflow_instance
        WHERE (%(after)s::text IS NULL OR id > %(after)s::text::uuid) AND (NOT %(live)s::boolean OR finished_at IS NULL)
          AND (%(workflow)s::text IS NULL OR workflow = %(workflow)s::text)
        ORDER BY id LIMIT %(limit)s::int"""
    after: str | None = None
    while True:
        given = {"after": after, "live": live_only, "workflow": workflow, "limit": BATCH_SIZE}
        batch = [row[0] for row in fetch(sql, given, using=DEFAULT_DB_ALIAS)]
        if not batch:
            return
        yield batch
        after = batch[-1]


def _events(ids: list[str]) -> dict[str, list[Event]]:
    sql = f"{EVENTS} WHERE e.instance_id = ANY(%(ids)s::text[]::uuid[]) ORDER BY e.instance_id, e.sequence_number"
    found: dict[str, list[Event]] = {}
    for row in fetch(sql, {"ids": ids}, using=DEFAULT_DB_ALIAS):
        found.setdefault(row[0], []).append(event_of(row))
    return found


def _snapshots(ids: list[str]) -> dict[str, list[Snapshot]]:
    sql = """SELECT instance_id::text, sequence_number, state, data FROM state_snapshot
        WHERE instance_id = ANY(%(ids)s::text[]::uuid[]) ORDER BY instance_id, sequence_number"""
    found: dict[str, list[Snapshot]] = {}
    for instance_id, *snapshot in fetch(sql, {"ids": ids}, using=DEFAULT_DB_ALIAS):
        found.setdefault(instance_id, []).append((snapshot[0], snapshot[1], snapshot[2]))
    return found


# -- the verdict ------------------------------------------------------------------------------------------------------


def report_on(row: Row, events: list[Event], snapshots: list[Snapshot]) -> ReplayReport:
    """Fold, compare, re-drive."""
    events = [event for event in events if event.sequence_number <= row.sequence_number]
    differences = _gaps(row, events) or _row_differences(row, events, snapshots)
    divergence, message, verdict = None, "", Verdict.CLEAN
    if not differences or events:
        try:
            divergence = redrive(_definition(row), _facts(row), events)
        except UnknownDefinition as missing:
            message, verdict = missing.message, Verdict.NO_DEFINITION
    if divergence is not None:
        verdict = Verdict.DIVERGED
        message = f"The history holds {divergence.expected}, the code gives {divergence.found}."
    if differences:
        verdict = Verdict.ROW_DIFFERS
        message = f"Not what the history says: {', '.join(each.what for each in differences)}."
    return ReplayReport(
        row.id, row.workflow, row.version, row.is_live, len(events), verdict, divergence, differences, message
    )


def _facts(row: Row) -> InstanceFacts:
    return InstanceFacts(row.id, row.workflow, row.version, row.business_key, row.correlation_id, row.input)


def _definition(row: Row) -> Definition[Any, Any]:
    """UnknownDefinition as well where the code knows the definition and not all changes of the instance."""
    definition = registry.get(row.workflow, row.version)
    unknown = {change: v for change, v in row.changes.items() if definition.changes.get(change, -1) < v}
    if unknown:
        raise UnknownDefinition(f"{row.workflow} version {row.version} does not know the changes {unknown} here.")
    return definition


def _gaps(row: Row, events: list[Event]) -> list[Difference]:
    """Numbers must run from 1 to the row's own."""
    numbers = [event.sequence_number for event in events]
    wanted = list(range(1, row.sequence_number + 1))
    if numbers == wanted and not row.is_ahead:
        return []
    missing = sorted(set(wanted) - set(numbers))
    return [Difference("sequence_number", row.sequence_number, f"missing {missing}" if missing else "more events")]


def _row_differences(row: Row, events: list[Event], snapshots: list[Snapshot]) -> list[Difference]:
    history = History()
    kept: dict[int, tuple[str, dict[str, Any]]] = {}
    for event in events:
        history.apply(event)
        if event.type in KEPT:
            kept[event.sequence_number] = (history.state or "", history.memory)
    facts = [(name, getattr(row, name), getattr(history, name)) for name in ("status", "state", "result", "failure")]
    facts += [("input", row.input, history.input), ("changes", row.changes, history.changes)]
    stored = {number: (state, _memory(data)) for number, state, data in snapshots if number in kept}
    facts += [(f"snapshot {number}", stored.get(number), folded) for number, folded in kept.items()]
    return [Difference(*fact) for fact in facts if fact[1] != fact[2]]


def _memory(data: dict[str, Any]) -> dict[str, Any]:
    """A machine's snapshot is a cursor, a function's only its memory."""
    memory: dict[str, Any] = data["cursor"]["memory"] if "cursor" in data else data.get("memory", {})
    return memory
