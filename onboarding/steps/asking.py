"""What every call to a provider shares: key, correlation id and time left; and refusals without personal data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypedDict

from workflow import OnExhausted, Refused, RetryPolicy, StepContext

PROVIDER_TIMEOUT = timedelta(seconds=15)
PROVIDER_RETRY = RetryPolicy(maximum_attempts=4, initial_interval=timedelta(seconds=1))
"""A provider that refuses for now is asked three times more; one that refuses for good is not asked again."""

UNDO_RETRY = RetryPolicy(maximum_attempts=8, initial_interval=timedelta(seconds=1), on_exhausted=OnExhausted.INCIDENT)
"""An undo is tried for about two minutes; then staff is asked, and the others go on."""


class Asking(TypedDict):
    """The keyword arguments of a port's calls."""

    key: str
    correlation_id: str
    timeout: float


class Reading(TypedDict):
    """Those of a look-up, whose key is the question itself."""

    correlation_id: str
    timeout: float


def asking(ctx: StepContext) -> Asking:
    """For a call that does something."""
    return {"key": ctx.idempotency_key, "correlation_id": ctx.correlation_id, "timeout": ctx.seconds_left()}


def reading(ctx: StepContext) -> Reading:
    """For a call that only looks."""
    return {"correlation_id": ctx.correlation_id, "timeout": ctx.seconds_left()}


@contextmanager
def without_personal_data() -> Iterator[None]:
    """A provider's refusal goes into the history by its code; its sentence may repeat what it was asked with."""
    try:
        yield
    except Refused as refusal:
        sentence = f"The provider refused: {refusal.code}."
        raise Refused(sentence, code=refusal.code, retryable=refusal.retryable) from None
