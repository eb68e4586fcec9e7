"""Idempotency: what stands under a key answers every repeat, and a closed key stays empty for ever."""

import json
import sqlite3
from dataclasses import dataclass

from simulator.exchange import Answer, Call, Document, Refusal

KEY_CLOSED = Refusal(409, "KEY_CLOSED", "This key was closed before anything happened under it; nothing will.")
KEY_REUSED = Refusal(422, "IDEMPOTENCY_KEY_REUSED", "This key already stands for another request.")


@dataclass(frozen=True)
class StoredAnswer:
    """The row under a key."""

    operation: str
    outcome: str
    digest: str
    reference: str
    resource_id: str
    answer: Answer

    def replay(self, call: Call) -> Answer:
        """The answer of the first call, or 422 if this one asks for something else."""
        if self.outcome == "CLOSED":
            return KEY_CLOSED.answer()
        if self.digest != call.digest:
            return KEY_REUSED.answer("KEY_REUSED")
        return Answer(self.answer.status, self.answer.body, "REPLAYED")


def find(tx: sqlite3.Connection, service: str, key: str) -> StoredAnswer | None:
    """What stands under the key, if anything."""
    row = tx.execute("SELECT * FROM operation WHERE service = ? AND idempotency_key = ?", (service, key)).fetchone()
    if row is None:
        return None
    answer = Answer(row["status"], json.loads(row["response"]), row["outcome"])
    return StoredAnswer(
        row["operation"], row["outcome"], row["body_digest"], row["reference"], row["resource_id"], answer
    )


def store(tx: sqlite3.Connection, call: Call, answer: Answer, *, resource_id: str, now: float) -> None:
    """Keep the answer under the call's key."""
    _insert(tx, call, call.operation, call.digest, answer, resource_id, now)


def close(tx: sqlite3.Connection, call: Call, *, now: float) -> Document:
    """Nothing can happen under the call's key from now on; says whether something had."""
    stored = find(tx, call.service, call.key)
    if stored is None:
        _insert(tx, call, "", "", KEY_CLOSED.answer("CLOSED"), "", now)
        return {"key": call.key, "happened": False, "operation": "", "resourceId": ""}
    return {
        "key": call.key,
        "happened": stored.outcome == "DONE",
        "operation": stored.operation,
        "resourceId": stored.resource_id,
    }


def _insert(
    tx: sqlite3.Connection, call: Call, operation: str, digest: str, answer: Answer, resource_id: str, now: float
) -> None:
    tx.execute(
        "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            call.service,
            call.key,
            operation,
            answer.outcome,
            digest,
            call.reference,
            resource_id,
            answer.status,
            json.dumps(answer.body),
            now,
        ),
    )
