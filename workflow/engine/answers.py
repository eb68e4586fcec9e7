"""Answers of actions: where they stand, how a caller waits for them, and what they become for the caller."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from workflow.core.errors import ActionNotPossible, ActionRefused, InvalidInput
from workflow.engine.connection import fetch
from workflow.engine.host import Host

POLL_FOR_ANSWER_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ActionResult:
    """done: the transition is finished; accepted: stored, going on; ignored: a provider's message that fits nothing."""

    outcome: str
    state: str | None
    status: str
    message: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def await_answer(instance_id: str, number: int | None, budget: float, host: Host | None) -> ActionResult:
    """The stored answer, for as long as the budget lasts; then `accepted`."""
    give_up_at = time.monotonic() + budget
    waiter = host.waiter(instance_id) if host is not None and budget > 0 else None
    try:
        while True:
            answer, state, status = _answer(instance_id, number)
            if answer is not None:
                return result_of(answer, state, status)
            left = give_up_at - time.monotonic()
            if left <= 0:
                return ActionResult("accepted", state, status, "Stored; it is still going on.")
            if waiter is not None:
                waiter.wait(min(left, POLL_FOR_ANSWER_SECONDS))
            else:
                time.sleep(min(left, POLL_FOR_ANSWER_SECONDS / 4))
    finally:
        if waiter is not None and host is not None:
            host.forget(waiter)


def _answer(instance_id: str, number: int | None) -> tuple[Any, str | None, str]:
    rows = fetch(
        """SELECT b.answer, i.state, i.status FROM workflow_instance i
        LEFT JOIN workflow_inbox b ON b.instance_id = i.id AND b.number = %(number)s
        WHERE i.id = %(id)s::text::uuid""",
        {"id": instance_id, "number": number},
        using=DEFAULT_DB_ALIAS,
    )
    return rows[0] if rows else (None, None, "")


def result_of(answer: dict[str, Any], state: str | None, status: str) -> ActionResult:
    match answer["status"]:
        case "done":
            return ActionResult("done", answer["state"], status)
        case "ignored":
            return ActionResult("ignored", state, status)
        case _:
            raise refused(answer)


def refused(answer: dict[str, Any]) -> ActionNotPossible | ActionRefused | InvalidInput:
    details = {name: value for name, value in answer.items() if name not in ("status", "code", "detail")}
    if answer["code"] == ActionNotPossible.code:
        return ActionNotPossible(answer["detail"], **details)
    if answer["code"] == InvalidInput.code:
        return InvalidInput(answer["detail"])
    return ActionRefused(answer["detail"], code=answer["code"], **details)
