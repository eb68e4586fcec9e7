"""What tests and operators do to the outside world: fault scripts, webhooks once more, an empty start."""

import sqlite3
from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from simulator import faults, queries
from simulator.services import operation_names
from simulator.world import World


def blueprint(world: World) -> Blueprint:
    """The routes of control."""
    routes = Blueprint("control", __name__)

    @routes.get("/webhooks")
    def webhooks() -> Response:
        with world.ledger.read() as db:
            return jsonify(webhooks=queries.read_webhooks(db, request.args.get("reference", "")))

    @routes.post("/webhooks/<event_id>/redeliver")
    def redeliver(event_id: str) -> Response:
        if not world.ledger.write(lambda tx: _redeliver(tx, event_id, world.clock())):
            raise NotFound(f"There is no webhook {event_id}.")
        world.webhooks.notice()
        return jsonify(eventId=event_id)

    @routes.get("/faults")
    def list_faults() -> Response:
        with world.ledger.read() as db:
            return jsonify(faults=queries.read_newest(db, "fault", queries.ROWS_MAX)[::-1])

    @routes.post("/faults")
    def add_fault() -> tuple[Response, int]:
        fault = _read_fault(request.get_json())
        fault_id = world.ledger.write(lambda tx: faults.add(tx, fault, now=world.clock()))
        return jsonify(id=fault_id), 201

    @routes.delete("/faults")
    def clear_faults() -> Response:
        return jsonify(cleared=world.ledger.write(lambda tx: tx.execute("DELETE FROM fault").rowcount))

    @routes.post("/reset")
    def reset() -> Response:
        world.reset()
        return jsonify(status="empty")

    return routes


def _redeliver(tx: sqlite3.Connection, event_id: str, now: float) -> bool:
    """One more copy of a webhook, whatever became of it before."""
    cursor = tx.execute(
        "UPDATE webhook SET copies = max(copies, delivered + 1), status = 'PENDING', due_at = ? WHERE event_id = ?",
        (now, event_id),
    )
    return cursor.rowcount > 0


def _read_fault(body: Any) -> faults.Fault:
    try:
        fault = faults.Fault.model_validate(body)
    except ValidationError as error:
        raise BadRequest(str(error)) from error
    known = operation_names().get(fault.service)
    if known is None or fault.operation not in {"*", *known}:
        raise BadRequest(f"There is no operation {fault.service} {fault.operation}; known: {operation_names()}.")
    return fault
