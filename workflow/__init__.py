"""Steadfast's authoring words. Importing them needs no Django set-up; the front door is `workflow.client`."""

from workflow.core.definition import (
    NOTHING_TO_UNDO,
    Definition,
    Reconciliation,
    StepContext,
    StepDefinition,
    step,
    workflow,
)
from workflow.core.errors import ActionRefused, ApplicationFailure, ChildFailed, Refused, StepFailed
from workflow.core.machine import Actor, Machine, Transition
from workflow.core.retry import OnExhausted, RetryPolicy
from workflow.core.run import Run, Signal, call

__all__ = [
    "NOTHING_TO_UNDO",
    "ActionRefused",
    "Actor",
    "ApplicationFailure",
    "ChildFailed",
    "Definition",
    "Machine",
    "OnExhausted",
    "Reconciliation",
    "Refused",
    "RetryPolicy",
    "Run",
    "Signal",
    "StepContext",
    "StepDefinition",
    "StepFailed",
    "Transition",
    "call",
    "step",
    "workflow",
]
