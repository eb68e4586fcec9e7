"""Golden histories: what real runs recorded, kept as files beside the code, which every later version must repeat.

Record one per path through a workflow; check it in. A red `assert_golden` means that live instances would stand in an
incident after the deployment: give the change a version, or the definition a new number.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from workflow.core.events import Event, EventType
from workflow.core.ports import InstanceFacts
from workflow.core.registry import registry
from workflow.engine.lease import read_events
from workflow.engine.redrive import redrive
from workflow.models import Instance

FORMAT = 1


def record_golden(instance_id: str, path: Path | str) -> None:
    """Write the instance's history to a JSON file. Histories hold inputs and outputs: record made-up people only."""
    row = Instance.objects.get(pk=instance_id)
    facts = {name: getattr(row, name) for name in ("workflow", "version", "business_key", "correlation_id", "input")}
    golden = {"format": FORMAT, "id": str(row.id), **facts, "events": [_kept(e) for e in read_events(instance_id)]}
    Path(path).write_bytes(orjson.dumps(golden, option=orjson.OPT_INDENT_2) + b"\n")


def assert_golden(path: Path | str) -> None:
    """AssertionError where today's code would not repeat the recorded history. Needs no database."""
    golden = orjson.loads(Path(path).read_bytes())
    if golden["format"] != FORMAT:
        raise ValueError(f"{path} has format {golden['format']}; this version reads {FORMAT}.")
    facts = InstanceFacts(
        golden["id"],
        golden["workflow"],
        golden["version"],
        golden["business_key"],
        golden["correlation_id"],
        golden["input"],
    )
    definition = registry.get(facts.workflow, facts.version)
    diverged = redrive(definition, facts, [_event(n, raw) for n, raw in enumerate(golden["events"], start=1)])
    if diverged is not None:
        raise AssertionError(
            f"{Path(path).name}: event {diverged.sequence_number} (position {diverged.position}) holds "
            f"{diverged.expected}; the code gives {diverged.found}."
        )


def _kept(event: Event) -> dict[str, Any]:
    """Without the lease's token: it says which worker wrote, not what happened."""
    return {
        "type": event.type,
        "step_key": event.step_key,
        "at": event.created_at,
        "actor": event.actor,
        "actor_id": event.actor_id,
        "payload": event.payload,
    }


def _event(number: int, raw: dict[str, Any]) -> Event:
    at = datetime.fromisoformat(raw["at"])
    return Event(number, EventType(raw["type"]), raw["payload"], raw["step_key"], at, raw["actor"], raw["actor_id"])
