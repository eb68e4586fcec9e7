"""Whose call it is: the reference in its body, else that of the thing or the key it names."""

import sqlite3

from simulator.exchange import Call


def reference_of(tx: sqlite3.Connection, call: Call) -> str:
    """The reference of a call, or nothing where it cannot be known."""
    named = call.body.get("reference")
    if isinstance(named, str):
        return named
    for resource_id in call.path.values():
        row = tx.execute("SELECT reference FROM resource WHERE id = ?", (resource_id,)).fetchone()
        if row is not None:
            return str(row["reference"])
    row = tx.execute(
        "SELECT reference FROM call WHERE service = ? AND idempotency_key = ? AND reference <> '' LIMIT 1",
        (call.service, call.key),
    ).fetchone()
    return "" if row is None else str(row["reference"])
