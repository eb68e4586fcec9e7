"""Questions to the ledger: calls, effects and nets, duplicates, the inbox; answers as JSON for the outside."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic.alias_generators import to_camel

from simulator.exchange import Document
from simulator.services import SERVICES

ROWS_MAX = 20_000
NETS = (
    "SELECT service, kind, reference, currency, sum(quantity) AS quantity, sum(amount) AS amount FROM effect"
    " WHERE {where} GROUP BY service, kind, reference, currency"
)


def find_duplicates(db: sqlite3.Connection) -> Document:
    """What must never be: an operation with two effects, a second live thing, more undone than done."""
    single = [kind for service in SERVICES for kind in service.single_kinds]
    marks = ", ".join("?" * len(single))
    return {
        "operations": _rows(
            db,
            "SELECT service, operation, idempotency_key, count(*) AS effects FROM effect"
            " GROUP BY service, operation, idempotency_key HAVING count(*) > 1",
            [],
        ),
        "references": _rows(
            db,
            NETS.format(where="1") + f" HAVING sum(quantity) < 0 OR (sum(quantity) > 1 AND kind IN ({marks}))",
            single,
        ),
    }


def read_inbox(db: sqlite3.Connection, to: str, limit: int = 100) -> list[Document]:
    """The text messages to a number, or to all, newest first."""
    rows = _rows(
        db,
        "SELECT * FROM resource WHERE kind = 'MESSAGE' AND ? IN ('', json_extract(document, '$.to'))"
        " ORDER BY created_at DESC, rowid DESC LIMIT ?",
        [to, limit],
    )
    return [{**row["document"], "sentAt": row["createdAt"]} for row in rows]


def read_newest(db: sqlite3.Connection, table: str, limit: int) -> list[Document]:
    """The last rows of a table."""
    return _rows(db, f"SELECT * FROM {table} ORDER BY id DESC LIMIT ?", [limit])  # noqa: S608


def read_ledger(db: sqlite3.Connection, *, service: str, reference: str, key: str) -> Document:
    """Calls and effects in their order, and what the effects come to for each kind and reference."""
    where, values = _filter({"service": service, "reference": reference, "idempotency_key": key})
    tail = f"WHERE {where} ORDER BY id DESC LIMIT {ROWS_MAX + 1}"
    calls = _rows(db, f"SELECT * FROM call {tail}", values)  # noqa: S608
    effects = _rows(db, f"SELECT * FROM effect {tail}", values)  # noqa: S608
    return {
        "calls": calls[:ROWS_MAX][::-1],
        "effects": effects[:ROWS_MAX][::-1],
        "nets": _rows(db, NETS.format(where=where), values),
        "truncated": max(len(calls), len(effects)) > ROWS_MAX,
    }


def read_webhooks(db: sqlite3.Connection, reference: str) -> list[Document]:
    """The webhooks about a reference, or all."""
    where, values = _filter({"reference": reference})
    return _rows(db, f"SELECT * FROM webhook WHERE {where} ORDER BY id DESC LIMIT {ROWS_MAX}", values)[::-1]  # noqa: S608


def _filter(asked: dict[str, str]) -> tuple[str, list[str]]:
    """A WHERE over our own column names, with the values beside it."""
    given = {column: value for column, value in asked.items() if value}
    return " AND ".join(["1", *(f"{column} = ?" for column in given)]), list(given.values())


def _rows(db: sqlite3.Connection, statement: str, values: Sequence[str | int]) -> list[Document]:
    return [_present(row) for row in db.execute(statement, values)]


def _present(row: sqlite3.Row) -> Document:
    """A row for the outside: camelCase, JSON columns read, instants in ISO 8601."""
    return {to_camel(column): _present_value(column, row[column]) for column in row.keys()}  # noqa: SIM118


def _present_value(column: str, value: Any) -> Any:
    if column in {"body", "response", "document", "next_document", "script"} and value is not None:
        return json.loads(value)
    if column.endswith("_at") and value is not None:
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    return value
