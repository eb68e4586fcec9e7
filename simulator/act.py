"""What an operation of a service may do, inside the one transaction that also stores its answer."""

import json
import sqlite3
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from simulator.exchange import Call, Document, Refusal
from simulator.faults import Entry

EARLY_WEBHOOK_RETRY_SECONDS = 5.0


class Request(BaseModel):
    """The body of a request: camelCase outside, every field named, no unknown one."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, str_max_length=2000)


Body = TypeVar("Body", bound=Request)


@dataclass(kw_only=True)
class Act:
    """The hand of an operation."""

    tx: sqlite3.Connection
    call: Call
    call_id: int
    entry: Entry | None
    now: float
    webhook_delay: float
    resource_id: str = ""

    def read(self, form: type[Body]) -> Body:
        """The body of the call; 400 if it does not fit."""
        try:
            return form.model_validate(self.call.body)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise Refusal(400, "INVALID_REQUEST", wrong) from error

    def record_effect(self, kind: str, *, reference: str, quantity: int, amount: int = 0, currency: str = "") -> None:
        """Write the change of the world that this operation makes; there can be one."""
        self.tx.execute(
            "INSERT INTO effect (call_id, service, operation, kind, reference, idempotency_key, quantity, amount,"
            " currency, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.call_id,
                self.call.service,
                self.call.operation,
                kind,
                reference,
                self.call.key,
                quantity,
                amount,
                currency,
                self.now,
            ),
        )

    def create(self, kind: str, *, reference: str, document: Document) -> Document:
        """A new thing with an id of its own; the answer of this operation is about it."""
        self.resource_id = f"{kind.lower()}_{uuid4().hex}"
        document = {f"{kind.lower()}Id": self.resource_id, "reference": reference, **document}
        self.tx.execute(
            "INSERT INTO resource (id, service, kind, reference, document, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (self.resource_id, self.call.service, kind, reference, json.dumps(document), self.now),
        )
        return document

    def change_later(self, document: Document, *, delay: float) -> None:
        """What the thing just made becomes by itself, unless it is updated before."""
        self.tx.execute(
            "UPDATE resource SET next_document = ?, changes_at = ? WHERE id = ?",
            (json.dumps(document), self.now + delay, self.resource_id),
        )

    def get(self, kind: str, resource_id: str) -> Document:
        """A thing of this service by its id, as it stands now; 404 if there is none."""
        document = find_resource(self.tx, self.call.service, resource_id, now=self.now)
        if document is None or f"{kind.lower()}Id" not in document:
            raise Refusal(404, f"UNKNOWN_{kind}", f"There is no {kind.lower()} {resource_id}.")
        return document

    def update(self, resource_id: str, document: Document) -> Document:
        """Change a thing; the answer of this operation is about it."""
        self.resource_id = resource_id
        self.tx.execute(
            "UPDATE resource SET document = ?, next_document = NULL, changes_at = NULL WHERE id = ?",
            (json.dumps(document), resource_id),
        )
        return document

    def send_webhook(self, url: str, document: Document, *, delay: float) -> None:
        """Queue a message to the caller's server, as the fault entry of this call would have it."""
        do = self.entry.do if self.entry else "ok"
        if self.entry and do == "late_webhook":
            delay += self.entry.seconds
        if do == "early_webhook":
            delay = EARLY_WEBHOOK_RETRY_SECONDS
        event_id = f"event_{uuid4().hex}"
        self.tx.execute(
            "INSERT INTO webhook (event_id, call_id, service, resource_id, reference, correlation_id, url, body,"
            " status, copies, due_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event_id,
                self.call_id,
                self.call.service,
                self.resource_id,
                self.call.reference,
                self.call.correlation_id,
                url,
                json.dumps({"eventId": event_id, **document}),
                "LOST" if do == "lost_webhook" else "PENDING",
                2 if do == "duplicate_webhook" else 1,
                self.now + delay,
                self.now,
            ),
        )

    def cancel_webhooks(self, resource_id: str) -> None:
        """Nothing more is said about this thing."""
        self.tx.execute(
            "UPDATE webhook SET status = 'CANCELLED' WHERE resource_id = ? AND status = 'PENDING'", (resource_id,)
        )


def find_resource(tx: sqlite3.Connection, service: str, resource_id: str, *, now: float) -> Document | None:
    """A thing as it stands now."""
    row = tx.execute(
        "SELECT CASE WHEN changes_at <= ? THEN next_document ELSE document END"
        " FROM resource WHERE id = ? AND service = ?",
        (now, resource_id, service),
    ).fetchone()
    return None if row is None else dict(json.loads(row[0]))
