"""The rows of one three-step workflow, checkpoint by checkpoint, as Steadfast writes them; JSON written by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import uuid_utils

Rows = dict[str, str]  # what a checkpoint adds to each part of the statement

STEPS = 3
WORKER = str(uuid_utils.uuid7())
ATTEMPT = timedelta(seconds=60)


def prepared() -> Iterator[Rows]:
    """Birth with the first intent; a completion with the next intent, twice; the last completion with the end."""
    instance, correlation, value = str(uuid_utils.uuid7()), str(uuid.uuid4()), 1
    begun = now()
    yield {
        "births": (
            f'{{"id":"{instance}","correlation_id":"{correlation}","input":{{"value":{value}}},"worker":"{WORKER}",'
            f'"n":2,"at":"{begun.isoformat()}"}}'
        ),
        "events": (
            event(instance, 1, "STARTED", "", started(value), begun, correlation, actor='"SYSTEM"', token="null")  # noqa: S106
            + ","
            + intent_event(instance, 2, 1, value, begun, correlation)
        ),
        "intents": intent(instance, 1, value, begun),
    }
    for position in range(1, STEPS):
        value += 1
        at, sequence_number = now(), position * 2 + 1
        yield {
            "moves": f'{{"id":"{instance}","n":{sequence_number + 1},"at":"{at.isoformat()}"}}',
            "events": (
                completed_event(instance, sequence_number, position, value, at, correlation)
                + ","
                + intent_event(instance, sequence_number + 1, position + 1, value, at, correlation)
            ),
            "ends": end(instance, position, value, at),
            "intents": intent(instance, position + 1, value, at),
        }
    value += 1
    at, sequence_number = now(), STEPS * 2 + 1
    yield {
        "finishes": f'{{"id":"{instance}","n":{sequence_number + 1},"result":{value},"at":"{at.isoformat()}"}}',
        "events": (
            completed_event(instance, sequence_number, STEPS, value, at, correlation)
            + ","
            + event(instance, sequence_number + 1, "COMPLETED", "", f'{{"result":{value}}}', at, correlation)
        ),
        "ends": end(instance, STEPS, value, at),
    }


def now() -> datetime:
    return datetime.now(UTC)


def started(value: int) -> str:
    return f'{{"input":{{"value":{value}}},"changes":{{}},"workflow":"bench-three-steps","version":1}}'


def event(
    instance: str, number: int, kind: str, key: str, payload: str, at: datetime, correlation: str, *,
    actor: str = "null", token: str = "1",  # noqa: S107
) -> str:  # fmt: skip
    return (
        f'{{"id":"{instance}","n":{number},"type":"{kind}","key":"{key}","p":{payload},"actor":{actor},'
        f'"correlation_id":"{correlation}","token":{token},"at":"{at.isoformat()}"}}'
    )


def intent_event(instance: str, number: int, position: int, value: int, at: datetime, correlation: str) -> str:
    payload = (
        f'{{"position":{position},"attempt":1,"generation":1,"input":{{"value":{value}}},'
        f'"key":"{instance}:add_one#{position}:1","ref":"benchmarks.workflows:add_one",'
        f'"deadline_at":"{(at + ATTEMPT).isoformat()}"}}'
    )
    return event(instance, number, "STEP_STARTED", f"add_one#{position}", payload, at, correlation)


def completed_event(instance: str, number: int, position: int, value: int, at: datetime, correlation: str) -> str:
    payload = f'{{"position":{position},"attempt":1,"output":{value}}}'
    return event(instance, number, "STEP_COMPLETED", f"add_one#{position}", payload, at, correlation)


def intent(instance: str, position: int, value: int, at: datetime) -> str:
    return (
        f'{{"id":"{instance}","key":"add_one#{position}","position":{position},"input":{{"value":{value}}},'
        f'"ikey":"{instance}:add_one#{position}:1","at":"{at.isoformat()}",'
        f'"deadline_at":"{(at + ATTEMPT).isoformat()}","worker":"{WORKER}"}}'
    )


def end(instance: str, position: int, value: int, at: datetime) -> str:
    return (
        f'{{"id":"{instance}","position":{position},"kind":"STEP","attempt":1,"output":{value},'
        f'"at":"{at.isoformat()}"}}'
    )
