"""Registers every screen. Imported once all apps are loaded, by the admin's own configuration (`workflow.apps`)."""

from __future__ import annotations

from django.contrib import admin

from workflow.admin.attempts import AttemptAdmin
from workflow.admin.definitions import DefinitionAdmin
from workflow.admin.events import EventAdmin
from workflow.admin.inbox import InboxAdmin
from workflow.admin.incidents import IncidentAdmin
from workflow.admin.instances import InstanceAdmin
from workflow.admin.queue import guard_queue
from workflow.admin.workers import WorkerAdmin
from workflow.models import (
    DeployedDefinition,
    InboxMessage,
    Incident,
    Instance,
    StepExecution,
    Worker,
    WorkflowEvent,
)

SCREENS = {
    Instance: InstanceAdmin,
    Incident: IncidentAdmin,
    StepExecution: AttemptAdmin,
    WorkflowEvent: EventAdmin,
    InboxMessage: InboxAdmin,
    Worker: WorkerAdmin,
    DeployedDefinition: DefinitionAdmin,
}


def register_all() -> None:
    for model, screen in SCREENS.items():
        admin.site.register(model, screen)
    guard_queue()
