"""Definitions: what was ever deployed, and the graph of each version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.core.definition import Definition
from workflow.core.errors import UnknownDefinition
from workflow.core.graph import graph_of
from workflow.core.registry import registry
from workflow.models import DeployedDefinition, Instance


@dataclass(frozen=True)
class DefinitionView:
    """One version. `is_registered`: this process has its code; `deployed_at`: None before any worker ran."""

    workflow: str
    version: int
    graph: dict[str, Any]
    changes: dict[str, int]
    queue: str
    fingerprint: str
    is_registered: bool
    deployed_at: datetime | None


@dataclass(frozen=True)
class WorkflowView:
    """A workflow with its versions, oldest first."""

    workflow: str
    versions: list[int]
    kind: str


def list_workflows() -> list[WorkflowView]:
    """Every workflow that this process or any worker knows."""
    found: dict[str, dict[int, str]] = {}
    for definition in list_definitions():
        found.setdefault(definition.workflow, {})[definition.version] = definition.graph.get("kind", "function")
    return [
        WorkflowView(workflow, sorted(versions), versions[max(versions)])
        for workflow, versions in sorted(found.items())
    ]


def list_definitions(workflow: str | None = None) -> list[DefinitionView]:
    """All versions, of one workflow or of all."""
    deployed = {(row.workflow, row.version): row for row in DeployedDefinition.objects.all()}
    registered = {definition.key: definition for definition in registry}
    keys = sorted({*deployed, *registered})
    return [_view(key, registered.get(key), deployed.get(key)) for key in keys if workflow in (None, key[0])]


def get_definition(workflow: str, version: int) -> DefinitionView:
    """Raises UnknownDefinition."""
    for definition in list_definitions(workflow):
        if definition.version == version:
            return definition
    raise UnknownDefinition(f"No workflow {workflow} version {version} was ever deployed.")


def check_known(workflow: str) -> None:
    """UnknownDefinition for a name that neither the code nor any row knows."""
    if any(definition.name == workflow for definition in registry):
        return
    rows = (
        DeployedDefinition.objects.filter(workflow=workflow),
        Instance.objects.filter(workflow=workflow, finished_at=None),
    )
    if not any(found.exists() for found in rows):
        raise UnknownDefinition(f"There is no workflow {workflow}.")


def _view(
    key: tuple[str, int], registered: Definition[Any, Any] | None, deployed: DeployedDefinition | None
) -> DefinitionView:
    """The code of this process is nearest to the truth; what only others have is read from the table."""
    if registered is not None:
        graph, changes = graph_of(registered), dict(registered.changes)
        queue, fingerprint = registered.queue, registered.fingerprint
    else:
        assert deployed is not None
        graph, changes, queue, fingerprint = deployed.graph, deployed.changes, deployed.queue, deployed.fingerprint
    at = deployed.deployed_at if deployed is not None else None
    return DefinitionView(*key, graph, changes, queue, fingerprint, registered is not None, at)
