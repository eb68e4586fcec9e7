"""A wire to PostgreSQL that breaks where a campaign wants it to: after a message arrived, before its answer comes back.

Only what the client sends is looked at. After a cut both ends are closed; the client may come again at once.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit

CHUNK_BYTES = 1 << 20


class Cut(Enum):
    """Where the wire breaks."""

    BEFORE = "the message is lost"
    AFTER = "the message arrives and is carried out, its answer is lost"


Plan = Callable[[bytes], Cut | None]


def now_and_then(pattern: bytes, cut: Cut, *, share: float, seed: int) -> Plan:
    """This share of the messages that contain the pattern, drawn by lot."""
    chance, lock = random.Random(seed), threading.Lock()

    def plan(message: bytes) -> Cut | None:
        if pattern not in message:
            return None
        with lock:
            return cut if chance.random() < share else None

    return plan


class Wire:
    """Listens on a port of its own; each connection is carried on to the server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (str(parts.hostname), int(parts.port or 5432))
        self.plan: Plan = lambda _: None
        self.cuts = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *list(self._open)):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open |= {client, server}
                broken = threading.Event()
                for work in (self._send, self._answer):
                    threading.Thread(target=work, args=(client, server, broken), daemon=True).start()

    def _send(self, client: socket.socket, server: socket.socket, broken: threading.Event) -> None:
        """What the client says, as long as the plan lets it."""
        try:
            while message := client.recv(CHUNK_BYTES):
                cut = self.plan(message)
                if cut is not None:
                    self.cuts += 1
                    broken.set()
                if cut is Cut.BEFORE:
                    break
                server.sendall(message)
                if cut is Cut.AFTER:
                    return  # the other thread hangs up when the answer comes
        except OSError:
            broken.set()
        self._hang_up(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, broken: threading.Event) -> None:
        """What the server says; after a cut its first answer ends the connection."""
        with suppress(OSError):
            while (message := server.recv(CHUNK_BYTES)) and not broken.is_set():
                client.sendall(message)
        self._hang_up(client, server)

    def _hang_up(self, *ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._open.discard(end)


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    """For the length of a block."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
