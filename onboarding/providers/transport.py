"""One JSON exchange with a provider: the key, the time that is left, and which of the three outcomes it was.

Done: the answer. Refused: 4xx with a `code` of the provider's own. Anything else is not known: a broken connection, a
time-out, 5xx, an answer that nobody can read, a 404 without a code (a wrong base URL must never read as "it did not
happen"), 401 and 403 (wrong credentials are ours to mend, not the customer's failure).
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

import urllib3

from onboarding.providers.errors import KeyReused, ProviderError, ProviderTimeout, ProviderUnreachable
from workflow import Refused

Document = dict[str, Any]
ANSWER_BYTES_MAX = 1024 * 1024
CHUNK_BYTES = 64 * 1024
CONNECT_SECONDS_MAX = 5.0
CONNECTIONS_MAX = 64
SUCCESS = range(200, 300)
REFUSAL = frozenset({400, 402, 404, 409, 410, 422})
TOO_MANY_REQUESTS = 429
KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
NOT_FINISHED = "IDEMPOTENCY_KEY_IN_USE"


class Transport:
    """HTTP to one provider. Safe to share between threads, and made anew in a forked process."""

    def __init__(self, provider: str, base_url: str, headers: Mapping[str, str]) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        self._pools: dict[int, urllib3.PoolManager] = {}

    def ask(
        self,
        method: str,
        path: str,
        *,
        correlation_id: str,
        timeout: float,
        key: str = "",
        body: Document | None = None,
    ) -> Document:
        """The provider's answer, within `timeout` seconds; one that comes in drops may take one silence longer."""
        if timeout <= 0:
            raise ProviderTimeout(self._provider, "no time left to ask.")
        headers = {**self._headers, "X-Correlation-ID": correlation_id, **({"Idempotency-Key": key} if key else {})}
        content = None if body is None else json.dumps(body).encode()
        try:
            status, answer = self._exchange(method, self._base_url + path, content, headers, timeout)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise ProviderTimeout(self._provider, f"no answer to {method} within {timeout:g} s.") from error
        except urllib3.exceptions.HTTPError as error:
            raise ProviderUnreachable(self._provider, f"{method} broke: {type(error).__name__}.") from error
        return self._judge(method, status, answer)

    def _exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> tuple[int, bytes]:
        until = time.monotonic() + timeout
        response = self._pool().request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=urllib3.Timeout(connect=min(timeout, CONNECT_SECONDS_MAX), total=timeout),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        with closing(response):  # what is read to its end has given its connection back before
            return response.status, self._read(response, until)

    def _read(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        answer = bytearray()
        while chunk := response.read1(CHUNK_BYTES):
            answer += chunk
            if len(answer) > ANSWER_BYTES_MAX:
                raise ProviderError(self._provider, f"answered more than {ANSWER_BYTES_MAX} bytes.")
            if time.monotonic() > until:
                raise ProviderTimeout(self._provider, "the answer took too long.")
        return bytes(answer)

    def _judge(self, method: str, status: int, content: bytes) -> Document:
        answer = _json_object(content)
        if status in SUCCESS and answer is not None:
            return answer
        code = answer.get("code") if answer else None
        if answer is None or not isinstance(code, str):
            raise ProviderError(
                self._provider, f"{method} answered {status} in a form that says nothing.", status=status
            )
        message = str(answer.get("message") or answer.get("detail") or code)
        if code == KEY_REUSED:
            raise KeyReused(self._provider, message, status=status)
        if status == TOO_MANY_REQUESTS:
            raise Refused(message, code=code, retryable=True)
        if status in REFUSAL and code != NOT_FINISHED:
            raise Refused(message, code=code, retryable=answer.get("retryable") is True)
        raise ProviderError(self._provider, f"{method} answered {status} {code}.", status=status)

    def _pool(self) -> urllib3.PoolManager:
        """The connections of this process; those of its parent would carry two conversations at once."""
        pid = os.getpid()
        if pid not in self._pools:
            self._pools = {pid: urllib3.PoolManager(maxsize=CONNECTIONS_MAX)}
        return self._pools[pid]


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def _json_object(content: bytes) -> Document | None:
    try:
        answer = json.loads(content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
