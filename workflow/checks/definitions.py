"""Checks of what authors declare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004

from workflow import discovery
from workflow.core.definition import StepDefinition, steps

Step = StepDefinition[..., Any]


def _deployed() -> list[Step]:
    """Every declared step; those of test modules go nowhere."""
    return [step for step in steps.values() if "tests" not in step.function.__module__.split(".")]


def check_refused() -> list[CheckMessage]:
    """Definitions that could not be registered."""
    return [Error(error.message, obj=module, id=error.check_id) for module, error in discovery.refused]


def check_undo_names(declared: Iterable[Step] | None = None) -> list[CheckMessage]:
    """The history names an undo by its declared name."""
    refs: dict[str, set[str]] = defaultdict(set)
    for step in _deployed() if declared is None else declared:
        if step.undo is not None:
            refs[step.undo.name].add(step.undo.ref)
    return [
        Error(f"{' and '.join(sorted(found))} are both the undo {name}: give each a name.", id="workflow.E050")
        for name, found in sorted(refs.items())
        if len(found) > 1
    ]


def check_undos_declared(declared: Iterable[Step] | None = None) -> list[CheckMessage]:
    """An atomic step writes rows; one with a look-up or at most once acts outside. A pivot has no way back."""
    found = list(_deployed() if declared is None else declared)
    undos = {step.undo.ref for step in found if step.undo is not None}
    hint = "Name the step that undoes it, or say undo=NOTHING_TO_UNDO."
    return [
        Warning(f"{step.ref} changes something and does not say how that is undone.", hint=hint, id="workflow.W010")
        for step in found
        if _acts(step) and not step.undo_declared and not step.pivot and step.ref not in undos
    ]


def _acts(step: Step) -> bool:
    return step.atomic or step.at_most_once or step.reconcile is not None or step.close_key is not None
