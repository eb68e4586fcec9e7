"""The web application: every service's operations, the inspection of the ledger, a page for humans."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from simulator import control, inspection, page
from simulator.calls import answer_call
from simulator.exchange import Call, Document
from simulator.journal import CallForgotten
from simulator.keys import KEY_OPERATIONS
from simulator.ledger import LedgerClosed
from simulator.service import Operation, Service
from simulator.services import SERVICES
from simulator.world import HoldInterrupted, World

BODY_BYTES_MAX = 256 * 1024


def create_app(world: World) -> Flask:
    """The application over a running world."""
    app = Flask("simulator")
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    for service in SERVICES:
        for operation in (*service.operations.values(), *KEY_OPERATIONS):
            endpoint = f"{service.name}.{operation.name.replace('.', '_')}"
            rule = f"/{service.name}{operation.rule}"
            app.add_url_rule(rule, endpoint, _view(world, service, operation), methods=[operation.method])
    app.register_blueprint(inspection.blueprint(world))
    app.register_blueprint(control.blueprint(world))
    app.register_blueprint(page.blueprint(world))
    app.register_error_handler(HTTPException, _problem)
    for ending in (HoldInterrupted, CallForgotten, LedgerClosed):
        app.register_error_handler(ending, _unavailable)
    return app


def _view(world: World, service: Service, operation: Operation) -> Callable[..., tuple[Response, int]]:
    def view(**path: str) -> tuple[Response, int]:
        key = path.pop("key", "") or request.headers.get("Idempotency-Key", "")
        call = Call(
            service=service.name,
            operation=operation.name,
            keyed=operation.keyed,
            key=key,
            correlation_id=request.headers.get("X-Correlation-ID", ""),
            path=path,
            body=_json_body(),
        )
        has_gone = request.environ.get("waitress.client_disconnected", lambda: False)
        answer = answer_call(world, call, operation.handler, has_gone)
        return jsonify(answer.body), answer.status

    return view


def _json_body() -> Document:
    """The JSON object of the request; an absent one is empty, anything else is wrong for every operation."""
    body: Any = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _problem(error: HTTPException) -> tuple[Response, int]:
    """What the web server says, not a provider: it bears no `code`, so nobody takes it for a refusal."""
    return jsonify(message=error.description or error.name), error.code or 500


def _unavailable(_error: Exception) -> tuple[Response, int]:
    return jsonify(code="UNAVAILABLE", message="The simulator is ending or was reset."), 503
