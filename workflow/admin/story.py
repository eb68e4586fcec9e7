"""A history as a story: one line per event, with how long things took, who acted, and a colour for its kind.

Pure: events in, lines out. The sentences are those of the operators' API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflow.queries.timeline import Entry

QUIET_GAP = timedelta(seconds=30)
TONES = {
    "STARTED": "state",
    "STATE_ENTERED": "state",
    "STEP_STARTED": "step",
    "STEP_COMPLETED": "done",
    "STEP_FAILED": "failed",
    "RETRY_SCHEDULED": "retry",
    "SIDE_EFFECT": "note",
    "VERSION_MARKER": "note",
    "MESSAGE_PUBLISHED": "note",
    "CONTINUED": "note",
    "WAIT_STARTED": "wait",
    "TIMER_STARTED": "wait",
    "TIMER_FIRED": "wait",
    "SIGNAL_RECEIVED": "signal",
    "CHILD_STARTED": "signal",
    "CHILD_ENDED": "signal",
    "SAGA_COMPENSATION": "undo",
    "COMPENSATING": "undo",
    "COMPENSATED": "undo",
    "COMPENSATION_FAILED": "failed",
    "RECOVERY": "recovery",
    "INCIDENT_OPENED": "incident",
    "INCIDENT_RESOLVED": "staff",
    "PAUSED": "staff",
    "RESUMED": "staff",
    "STAFF_ACTION": "staff",
    "COMPLETED": "end",
    "FAILED": "failed",
    "CANCELLED": "failed",
    "TIMED_OUT": "failed",
}
MARKS = {
    "retry": "retry",
    "wait": "wait",
    "undo": "compensation",
    "recovery": "recovery",
    "staff": "staff",
    "incident": "incident",
    "failed": "failed",
}
DUE = {  # where the instant stands, the word before it, and the sentence (empty: the event's own)
    "RETRY_SCHEDULED": ("next_attempt_at", "at", "{step} is due again"),
    "TIMER_STARTED": ("until", "until", "Sleeps"),
    "WAIT_STARTED": ("until", "until", ""),
}
ACTORS = {"USER": "customer", "SYSTEM": "system", "PROVIDER": "provider", "STAFF": "staff"}


@dataclass(frozen=True)
class Line:
    """One event. `gap`: a quiet time before it worth showing; `took`: how long what ends here had lasted."""

    number: int
    at: datetime
    event_type: str
    tone: str
    mark: str
    sentence: str
    note: str
    step_key: str
    took: timedelta | None
    gap: timedelta | None
    who: str
    payload: str
    due: datetime | None = None
    due_word: str = ""


def tell(entries: Iterable[Entry], laid_out: Callable[[Any], str]) -> list[Line]:
    """The lines of consecutive events. `laid_out` makes text of a payload, as far as the reader may see it."""
    begun: dict[str, datetime] = {}
    lines: list[Line] = []
    previous: datetime | None = None
    for entry in entries:
        tone = TONES.get(entry.event_type, "note")
        sentence, due_word, due = with_due(entry)
        quiet = entry.at - previous if previous is not None else timedelta(0)
        lines.append(
            Line(
                number=entry.sequence_number,
                at=entry.at,
                event_type=entry.event_type,
                tone=tone,
                mark=MARKS.get(tone, ""),
                sentence=sentence,
                note=note_of(entry),
                step_key=entry.step_key,
                took=took(entry, begun),
                gap=quiet if quiet >= QUIET_GAP else None,
                who=who(entry),
                payload=laid_out(entry.details) if entry.details else "",
                due=due,
                due_word=due_word,
            )
        )
        previous = entry.at
    return lines


def with_due(entry: Entry) -> tuple[str, str, datetime | None]:
    """The sentence, and the instant that it leads to."""
    own = entry.sentence.removesuffix(".") if entry.sentence.endswith("..") else entry.sentence  # a reason has its own
    name, word, sentence = DUE.get(entry.event_type, ("", "", ""))
    at = entry.details.get(name)
    if at is None:
        return own, "", None
    return sentence.format(step=entry.step_key) or entry.sentence.rstrip("."), word, datetime.fromisoformat(at)


def took(entry: Entry, begun: dict[str, datetime]) -> timedelta | None:
    """How long the step, wait or timer that this event ends had lasted; an atomic step says itself when it began."""
    key = entry.step_key
    match entry.event_type:
        case "STEP_STARTED":
            begun[key] = entry.at
        case "STEP_COMPLETED" | "STEP_FAILED" | "SAGA_COMPENSATION":
            own = entry.details.get("started_at")
            start = begun.pop(key, None) or (datetime.fromisoformat(own) if own else None)
            return entry.at - start if start is not None else None
        case "WAIT_STARTED" | "TIMER_STARTED" | "CHILD_STARTED":
            begun["waiting"] = entry.at
        case "TIMER_FIRED" | "SIGNAL_RECEIVED" | "CHILD_ENDED" if not entry.details.get("ignored"):
            start = begun.pop("waiting", None)
            return entry.at - start if start is not None else None
    return None


def note_of(entry: Entry) -> str:
    """A second sentence, where the first does not say the cause."""
    details = entry.details
    match entry.event_type:
        case "STEP_FAILED" | "INCIDENT_OPENED":
            error = details.get("error") or {}
            message = str(error.get("message") or details.get("message") or "").rstrip(".")
            final = "It has failed for good." if details.get("final") else ""
            return " ".join(part for part in (f"{message}." if message else "", final) if part)
        case "STEP_COMPLETED" if details.get("by_staff"):
            return f"By the word of {details['by_staff']}."
        case "STEP_COMPLETED" if details.get("reconciled"):
            return "Found at the provider when it was looked up."
        case "RETRY_SCHEDULED" if details.get("not_done"):
            return "The provider says that nothing was done."
        case "RETRY_SCHEDULED" if details.get("reconcile"):
            return f"Nobody could tell the outcome; look-up {details['reconcile']}."
        case "INCIDENT_RESOLVED":
            return str(details.get("resolution") or "")
    return str((details.get("failure") or {}).get("message") or "")


def who(entry: Entry) -> str:
    if entry.actor is None and entry.actor_id is None:
        return "engine" if entry.event_type != "STARTED" else ""
    kind = ACTORS.get(entry.actor or "", (entry.actor or "").lower())
    return f"{kind} {entry.actor_id}".strip() if entry.actor_id else kind
