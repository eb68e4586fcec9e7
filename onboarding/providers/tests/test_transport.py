"""What a broken, foreign or hostile server says is never mistaken for an answer."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from onboarding.providers.errors import ProviderError, ProviderTimeout, ProviderUnreachable
from onboarding.providers.transport import ANSWER_BYTES_MAX, Transport
from simulator.testing import SimulatorProcess
from workflow import Refused


@contextmanager
def server(*replies: bytes, pause: float = 0.0) -> Iterator[Transport]:
    """A server that accepts one connection, reads a request, sends these bytes with pauses between, and hangs up."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            request = b""
            while not request.endswith(b"{}"):  # what is left unread would reset the connection
                request += connection.recv(65536)
            for reply in replies:
                try:
                    connection.sendall(reply)
                except OSError:
                    return
                if pause:
                    over.wait(pause)

    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        try:
            yield Transport("test", f"http://127.0.0.1:{listener.getsockname()[1]}", {})
        finally:
            over.set()
            thread.join()


def answer(status: int, body: bytes, kind: bytes = b"application/json") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nContent-Type: ".encode()
    return head + kind + b"\r\n\r\n" + body


def ask(transport: Transport, timeout: float = 5.0) -> dict[str, object]:
    return transport.ask("POST", "/things", key="k", body={}, correlation_id="c", timeout=timeout)


@pytest.mark.parametrize("status", [401, 403, 404, 500, 502, 503, 200, 301])
def test_a_page_of_somebody_else_is_no_answer(status: int) -> None:
    page = answer(status, b"<html>Not here</html>", b"text/html")
    with server(page) as transport, pytest.raises(ProviderError) as error:
        ask(transport)
    assert error.value.status == status


@pytest.mark.parametrize("status", [401, 403, 408, 500, 503, 504])
def test_a_code_makes_no_refusal_of_what_is_not_known(status: int) -> None:
    with server(answer(status, b'{"code": "SOMETHING"}')) as transport, pytest.raises(ProviderError):
        ask(transport)


@pytest.mark.parametrize("status", [400, 402, 404, 409, 410, 422])
def test_a_4xx_with_a_code_is_a_definite_no(status: int) -> None:
    body = b'{"code": "NO", "detail": "No, thanks."}'
    with server(answer(status, body)) as transport, pytest.raises(Refused, match="No, thanks") as refusal:
        ask(transport)
    assert (refusal.value.code, refusal.value.retryable) == ("NO", False)


def test_too_many_requests_may_be_asked_again() -> None:
    with server(answer(429, b'{"code": "SLOW_DOWN"}')) as transport, pytest.raises(Refused) as refusal:
        ask(transport)
    assert refusal.value.retryable


def test_a_key_that_is_being_worked_on_is_not_known() -> None:
    body = b'{"code": "IDEMPOTENCY_KEY_IN_USE"}'
    with server(answer(409, body)) as transport, pytest.raises(ProviderError):
        ask(transport)


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"220 smtp ready\r\n\r\n"])
def test_a_connection_that_breaks_is_unreachable(reply: bytes) -> None:
    with server(reply) as transport, pytest.raises(ProviderUnreachable):
        ask(transport)


def test_an_answer_that_comes_in_drops_ends_with_the_time() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with server(head, *[b" "] * 1000, pause=0.05) as transport, pytest.raises(ProviderTimeout):
        ask(transport, timeout=0.3)


def test_an_answer_without_end_is_cut_off() -> None:
    with (
        server(answer(200, b" " * (2 * ANSWER_BYTES_MAX))) as transport,
        pytest.raises(ProviderError, match="more than"),
    ):
        ask(transport)


def test_a_connection_is_used_again(simulator: SimulatorProcess) -> None:
    transport = Transport("bank", f"{simulator.url}/bank", {})
    for _ in range(3):
        with pytest.raises(Refused):
            transport.ask("GET", "/keys/nothing", correlation_id="c", timeout=5.0)
    (pool,) = (manager.connection_from_url(simulator.url) for manager in transport._pools.values())
    assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_a_forked_process_opens_its_own_connections(simulator: SimulatorProcess) -> None:
    transport = Transport("bank", f"{simulator.url}/bank", {})
    with pytest.raises(Refused):
        transport.ask("GET", "/keys/nothing", correlation_id="c", timeout=5.0)
    before = transport._pools[os.getpid()]
    transport._pools = {0: before}  # as a fork would find it: made by another process
    assert transport._pool() is not before
    before.clear()
