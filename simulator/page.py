"""The page for humans: the inbox with its codes, the ledger, the webhooks, the faults."""

from flask import Blueprint, render_template

from simulator import queries
from simulator.world import World

PAGE_ROWS = 50
TITLES = {"effect": "Ledger", "webhook": "Webhooks", "call": "Calls", "fault": "Fault scripts"}
COLUMNS = {
    "effect": ["createdAt", "service", "kind", "reference", "quantity", "amount", "operation", "idempotencyKey"],
    "webhook": ["createdAt", "service", "reference", "status", "delivered", "attempts", "lastAnswer", "url", "body"],
    "call": ["receivedAt", "service", "operation", "reference", "fault", "outcome", "status", "idempotencyKey"],
    "fault": ["createdAt", "service", "operation", "matchReference", "matchKey", "taken", "entries", "script"],
}


def blueprint(world: World) -> Blueprint:
    """One route, no script."""
    routes = Blueprint("page", __name__, template_folder="templates")

    @routes.get("/")
    def home() -> str:
        with world.ledger.read() as db:
            inbox = queries.read_inbox(db, "", PAGE_ROWS)
            tables = [
                (title, COLUMNS[table], queries.read_newest(db, table, PAGE_ROWS)) for table, title in TITLES.items()
            ]
        return render_template("home.html", inbox=inbox, tables=tables)

    return routes
