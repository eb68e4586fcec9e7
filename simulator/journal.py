"""The journal: every call as it arrived and what it was told in the end."""

import json
import sqlite3

from simulator.exchange import Answer, Call
from simulator.faults import Entry


class CallForgotten(RuntimeError):
    """The world was reset while the call was on its way; it may not act any more."""


def open_call(tx: sqlite3.Connection, call: Call, entry: Entry | None, *, now: float) -> int:
    """Write down that the call arrived."""
    cursor = tx.execute(
        "INSERT INTO call (service, operation, idempotency_key, correlation_id, reference, body, fault, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            call.service,
            call.operation,
            call.key,
            call.correlation_id,
            call.reference,
            json.dumps(call.body),
            entry.do if entry else "",
            now,
        ),
    )
    return cursor.lastrowid or 0


def settle_call(tx: sqlite3.Connection, call_id: int, answer: Answer) -> None:
    """Write down what the call came to, whether or not its caller will hear of it."""
    cursor = tx.execute("UPDATE call SET outcome = ? WHERE id = ?", (answer.outcome, call_id))
    if cursor.rowcount == 0:
        raise CallForgotten


def answer_call(tx: sqlite3.Connection, call_id: int, answer: Answer, *, now: float) -> None:
    """Write down what the caller was told."""
    tx.execute(
        "UPDATE call SET status = ?, response = ?, answered_at = ? WHERE id = ?",
        (answer.status, json.dumps(answer.body), now, call_id),
    )
