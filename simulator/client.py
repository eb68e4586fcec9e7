"""What tests, benchmarks and the demo ask of a running simulator: fault scripts, ledger, inbox, webhooks."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3

Document = dict[str, Any]
Fact = TypeVar("Fact")
REQUEST_TIMEOUT_SECONDS = 30.0
POLL_SECONDS = 0.02
WAIT_SECONDS_DEFAULT = 10.0
HTTP_ERROR_MIN = 400


class SimulatorError(RuntimeError):
    """The simulator did not take what it was asked."""


@dataclass(frozen=True)
class LedgerView:
    """Part of the ledger: calls as they arrived, effects as they happened, and what these come to."""

    calls: list[Document]
    effects: list[Document]
    nets: list[Document]

    @property
    def net(self) -> dict[str, int]:
        """How many of each kind are left, without those of which nothing is."""
        left: Counter[str] = Counter()
        for row in self.nets:
            left[row["kind"]] += row["quantity"]
        return {kind: quantity for kind, quantity in left.items() if quantity}

    @property
    def amount(self) -> dict[str, int]:
        """What the amounts come to in minor units, by currency, without those that come to nothing."""
        left: Counter[str] = Counter()
        for row in self.nets:
            left[row["currency"]] += row["amount"]
        return {currency: amount for currency, amount in left.items() if amount}

    def calls_of(self, operation: str) -> list[Document]:
        """How often, and how, an operation was asked for."""
        return [call for call in self.calls if call["operation"] == operation]

    def keys(self, operation: str) -> set[str]:
        """Under which keys an operation was asked for."""
        return {call["idempotencyKey"] for call in self.calls_of(operation)}

    def has_answered(self, operation: str) -> bool:
        """Whether the operation was asked for and each of its calls has come to an end."""
        calls = self.calls_of(operation)
        return bool(calls) and all(call["answeredAt"] for call in calls)


class SimulatorClient:
    """A simulator at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = urllib3.PoolManager(maxsize=8)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.clear()

    def faults(
        self,
        service: str,
        operation: str,
        script: Sequence[str | Document],
        *,
        reference: str | None = None,
        key: str | None = None,
        repeat: int = 1,
    ) -> None:
        """Let the next matching calls go wrong, one entry each; see `simulator/README.md` for the words."""
        match = {name: value for name, value in (("reference", reference), ("key", key)) if value is not None}
        fault = {"service": service, "operation": operation, "script": list(script), "match": match, "repeat": repeat}
        self._ask("POST", "/faults", body=fault)

    def clear_faults(self) -> None:
        """All goes well from now on."""
        self._ask("DELETE", "/faults")

    def ledger(self, *, service: str = "", reference: str = "", key: str = "") -> LedgerView:
        """What happened, of the whole world or of a part."""
        answer = self._ask("GET", "/ledger", service=service, reference=reference, key=key)
        if answer["truncated"]:
            raise SimulatorError("The ledger is longer than an answer; ask for a reference.")
        return LedgerView(answer["calls"], answer["effects"], answer["nets"])

    def duplicates(self) -> list[Document]:
        """What happened more often than it may; empty when all is well."""
        answer = self._ask("GET", "/ledger/duplicates")
        return [*answer["operations"], *answer["references"]]

    def sms(self, to: str = "") -> list[Document]:
        """The texts to a number, or to all, newest first."""
        return list(self._ask("GET", "/sms/messages", to=to)["messages"])

    def webhooks(self, reference: str = "") -> list[Document]:
        """The webhooks about a reference, or all, oldest first."""
        return list(self._ask("GET", "/webhooks", reference=reference)["webhooks"])

    def redeliver(self, event_id: str) -> None:
        """Send a webhook once more, a lost one too."""
        self._ask("POST", f"/webhooks/{event_id}/redeliver")

    def reset(self) -> None:
        """Forget everything; calls on their way will not act."""
        self._ask("POST", "/reset")

    def wait_for(self, look: Callable[["SimulatorClient"], Fact | None], seconds: float = WAIT_SECONDS_DEFAULT) -> Fact:
        """The first thing that `look` finds that is not empty."""
        until = time.monotonic() + seconds
        while not (found := look(self)):
            if time.monotonic() > until:
                raise SimulatorError(f"Not within {seconds:g} s.")
            time.sleep(POLL_SECONDS)
        return found

    def _ask(self, method: str, path: str, *, body: Document | None = None, **query: str) -> Document:
        answer = self._http.request(
            method,
            f"{self.url}{path}?{urlencode(query)}",
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
            timeout=urllib3.Timeout(total=REQUEST_TIMEOUT_SECONDS),
            retries=False,
        )
        if answer.status >= HTTP_ERROR_MIN:
            raise SimulatorError(f"{method} {path} answered {answer.status}: {answer.data.decode()[:500]}")
        return dict(json.loads(answer.data))
