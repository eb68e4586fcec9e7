"""What tests and operators read: health, ledger, duplicates, the SMS inbox."""

from flask import Blueprint, Response, jsonify, request

from simulator import queries
from simulator.world import World


def blueprint(world: World) -> Blueprint:
    """The routes that change nothing."""
    routes = Blueprint("inspection", __name__)

    @routes.get("/healthz")
    def health() -> Response:
        with world.ledger.read() as db:
            db.execute("SELECT 1 FROM call LIMIT 1")
        return jsonify(status="ok")

    @routes.get("/ledger")
    def ledger() -> Response:
        return answer(request.args.get("service", ""))

    @routes.get("/<service>/ledger")
    def service_ledger(service: str) -> Response:
        return answer(service)

    @routes.get("/ledger/duplicates")
    def duplicates() -> Response:
        with world.ledger.read() as db:
            return jsonify(queries.find_duplicates(db))

    @routes.get("/sms/messages")
    def inbox() -> Response:
        to = request.args.get("to", "").replace(" ", "+")  # a plus sign that nobody escaped
        with world.ledger.read() as db:
            return jsonify(messages=queries.read_inbox(db, to))

    def answer(service: str) -> Response:
        reference, key = request.args.get("reference", ""), request.args.get("key", "")
        with world.ledger.read() as db:
            return jsonify(queries.read_ledger(db, service=service, reference=reference, key=key))

    return routes
