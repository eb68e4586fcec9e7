"""A small live web process for the identity provider: checks the signature, hands the decision on, answers as the API.

503 when the system cannot take it now: the provider then tells it again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psycopg
from django.db import Error as DatabaseError
from django.db import connections

from onboarding import services
from onboarding.conf import EKYC_WEBHOOK_PATH
from onboarding.providers.registry import ekyc_provider
from workflow.client import WorkflowError


class Door(BaseHTTPRequestHandler):
    """One webhook."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert self.path == EKYC_WEBHOOK_PATH
        try:
            decision = ekyc_provider().parse_webhook(self.headers, body, now=time.time())  # type: ignore[arg-type]
            services.receive_identity_decision(decision)
            self._answer(200)
        except (DatabaseError, psycopg.Error, WorkflowError):
            self._answer(503)
        finally:
            connections.close_all()

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """The ledger says what was delivered."""


@contextmanager
def open_door() -> Iterator[str]:
    """The address to give to providers as PUBLIC_URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
