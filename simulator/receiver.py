"""A server that webhooks are sent to: it keeps what it received and answers as it is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

WAIT_SECONDS_DEFAULT = 10.0


class NothingReceived(AssertionError):
    """Fewer webhooks than expected came in time."""


@dataclass(frozen=True)
class Delivery:
    """One webhook as it came in; the names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class WebhookReceiver:
    """Receives webhooks at `url`."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._answers: list[int] = []
        self._news = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/ekyc"

    @property
    def deliveries(self) -> list[Delivery]:
        """What came in so far."""
        with self._news:
            return list(self._deliveries)

    def answer_next(self, *statuses: int) -> None:
        """Answer the next deliveries so; those after them with 200."""
        with self._news:
            self._answers.extend(statuses)

    def wait_for(self, count: int, seconds: float = WAIT_SECONDS_DEFAULT) -> list[Delivery]:
        """The first deliveries, once there are as many."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._deliveries) >= count, seconds):
                raise NothingReceived(f"{len(self._deliveries)} of {count} webhooks came within {seconds:g} s.")
            return self._deliveries[:count]

    def receive(self, delivery: Delivery) -> int:
        """Keep a delivery; the status to answer it with."""
        with self._news:
            self._deliveries.append(delivery)
            self._news.notify_all()
            return self._answers.pop(0) if self._answers else 200

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def webhooks_received() -> Iterator[WebhookReceiver]:
    """A receiver for the length of a block."""
    receiver = WebhookReceiver()
    try:
        yield receiver
    finally:
        receiver.close()


def _handler(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.receive(Delivery(headers, body)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            """The test asks for what it wants to know."""

    return Handler
