"""What goes in and out: a call, an answer, a refusal."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to an operation of a service."""

    service: str
    operation: str
    keyed: bool
    key: str
    correlation_id: str
    path: Mapping[str, str]
    body: Document
    reference: str = ""  # found when the call arrives

    @property
    def digest(self) -> str:
        """What makes two calls the same call: where it went and what it said."""
        said = json.dumps([self.operation, dict(self.path), self.body], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """A status code and a JSON document; `outcome` is the journal's word for it."""

    status: int
    body: Document
    outcome: str = "DONE"


@dataclass(eq=False)
class Refusal(Exception):  # a provider's word, not a fault of this program
    """A definite no: nothing was done."""

    status: int
    code: str
    message: str
    retryable: bool = field(default=False, kw_only=True)

    def answer(self, outcome: str = "REFUSED") -> Answer:
        """The refusal as the caller reads it."""
        body = {"code": self.code, "message": self.message, "retryable": self.retryable}
        return Answer(self.status, body, outcome)
