"""Staff commands: each is one verb of the front door, with who, why, and the answer kept under the Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workflow import client
from workflow.api.operator_forms import CompleteStepForm, ReasonForm, RetryStepForm, SkipStepForm
from workflow.api.serializers import Form


@dataclass(frozen=True)
class Command:
    """`path` is the last part of the address, `operation` the name in the description."""

    path: str
    operation: str
    verb: Callable[..., Any]
    summary: str
    form: type[Form] = ReasonForm
    problems: tuple[str, ...] = ()
    restarts: bool = field(default=False)


COMMANDS = (
    Command(
        "cancel", "cancelInstance", client.cancel, "Let the running step end, then roll back.", problems=("past-pivot",)
    ),
    Command("terminate", "terminateInstance", client.terminate, "End it at once, whatever runs."),
    Command("pause", "pauseInstance", client.pause, "Stop before the next command."),
    Command("resume", "resumeInstance", client.resume, "Go on after a pause, or try again after an incident."),
    Command(
        "retry-step",
        "retryStep",
        client.retry_step,
        "Give a step new attempts, with another input if need be.",
        RetryStepForm,
    ),
    Command("complete-step", "completeStep", client.complete_step, "Say what a step returned.", CompleteStepForm),
    Command("skip-step", "skipStep", client.skip_step, "Go on without a step.", SkipStepForm),
    Command(
        "compensate",
        "compensateInstance",
        client.compensate,
        "Roll back, or try failed undos again.",
        problems=("past-pivot",),
    ),
    Command(
        "resolve-compensation", "resolveCompensation", client.resolve_compensation, "What was left was undone by hand."
    ),
    Command("restart", "restartInstance", client.restart, "Start an ended instance anew.", restarts=True),
)
