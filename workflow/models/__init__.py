"""The rows. Nothing outside `workflow.engine` writes them; anybody may read."""

from workflow.models.api_key import ApiKey
from workflow.models.event import StateSnapshot, WorkflowEvent
from workflow.models.incident import Incident, IncidentKind, IncidentStatus
from workflow.models.instance import LIVE, TERMINAL, Instance, Status
from workflow.models.message import Idempotency, InboxMessage, OutboxMessage
from workflow.models.step_execution import StepExecution, StepKind, StepStatus
from workflow.models.tally import Measure, Tally
from workflow.models.worker import DeployedDefinition, Worker

__all__ = [
    "LIVE",
    "TERMINAL",
    "ApiKey",
    "DeployedDefinition",
    "Idempotency",
    "InboxMessage",
    "Incident",
    "IncidentKind",
    "IncidentStatus",
    "Instance",
    "Measure",
    "OutboxMessage",
    "StateSnapshot",
    "Status",
    "StepExecution",
    "StepKind",
    "StepStatus",
    "Tally",
    "Worker",
    "WorkflowEvent",
]
