"""Fault scripts: what a provider does wrong, call by call, durable like everything else here.

A script is a list of entries; each matching call takes the next one, before it is known whether the call is a repeat.
"""

import json
import sqlite3
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from simulator.exchange import Call, Refusal

HOLD_SECONDS_DEFAULT = 60.0
SECONDS_MAX = 3600.0
ENTRIES_MAX = 1_000_000

Behaviour = Literal[
    "ok",  # as if there were no script
    "refuse",  # a definite no with `code`, `message`, `status`; stored under the key like any answer
    "slow",  # waits `seconds`, then acts, even if the caller has gone
    "timeout_before",  # never acts, never answers
    "timeout_after",  # acts, never answers
    "error_before",  # 500 without acting
    "error_after",  # acts, then 500
    "duplicate_webhook",  # each webhook of this call is delivered twice
    "lost_webhook",  # each webhook of this call is never sent
    "early_webhook",  # sent before this call answers
    "late_webhook",  # sent `seconds` later than usual
]


class Entry(BaseModel):
    """What one call meets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Behaviour
    seconds: float = Field(default=HOLD_SECONDS_DEFAULT, ge=0, le=SECONDS_MAX)
    status: int = Field(default=409, ge=400, le=499)
    code: str = "REFUSED"
    message: str = "The provider refused."
    retryable: bool = False

    @property
    def refusal(self) -> Refusal | None:
        """The no of a `refuse` entry."""
        return Refusal(self.status, self.code, self.message, retryable=self.retryable) if self.do == "refuse" else None

    @property
    def touches_the_call(self) -> bool:
        """Whether the call itself goes otherwise than usual, beyond its refusal or its webhooks."""
        return self.do in {"slow", "timeout_before", "timeout_after", "error_before", "error_after", "early_webhook"}


def _entry(value: object) -> object:
    return {"do": value} if isinstance(value, str) else value


class Match(BaseModel):
    """Which calls; an absent field matches every call."""

    model_config = ConfigDict(extra="forbid")

    reference: str | None = None
    key: str | None = None


class Fault(BaseModel):
    """A script for an operation (or `*`, for every operation) of a service."""

    model_config = ConfigDict(extra="forbid")

    service: str
    operation: str
    match: Match = Match()
    script: list[Annotated[Entry, BeforeValidator(_entry)]] = Field(min_length=1, max_length=1000)
    repeat: int = Field(default=1, ge=1, le=ENTRIES_MAX)


def add(tx: sqlite3.Connection, fault: Fault, *, now: float) -> int:
    """Keep a script; scripts are taken in the order in which they came."""
    script = json.dumps([entry.model_dump() for entry in fault.script])
    cursor = tx.execute(
        "INSERT INTO fault (service, operation, match_reference, match_key, script, entries, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            fault.service,
            fault.operation,
            fault.match.reference,
            fault.match.key,
            script,
            len(fault.script) * fault.repeat,
            now,
        ),
    )
    return cursor.lastrowid or 0


def take(tx: sqlite3.Connection, call: Call) -> Entry | None:
    """The next entry for this call, which no other call will get."""
    row = tx.execute(
        "SELECT id, script, taken FROM fault WHERE taken < entries AND service = ? AND operation IN (?, '*')"
        " AND coalesce(match_reference, ?) = ? AND coalesce(match_key, ?) = ? ORDER BY id LIMIT 1",
        (call.service, call.operation, call.reference, call.reference, call.key, call.key),
    ).fetchone()
    if row is None:
        return None
    tx.execute("UPDATE fault SET taken = taken + 1 WHERE id = ?", (row["id"],))
    script = json.loads(row["script"])
    return Entry.model_validate(script[row["taken"] % len(script)])
