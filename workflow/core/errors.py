"""Every error a workflow author, a caller or the engine itself raises, each with a sentence for its reader."""

from __future__ import annotations

from typing import Any


class WorkflowError(Exception):
    """Base of all errors; `code` is stable and goes into problem details."""

    code = "workflow-error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


# -- raised by authors ------------------------------------------------------------------------------------------------


class Refused(WorkflowError):
    """The other side said a definite no: nothing was done under this key. Final unless `retryable`."""

    def __init__(self, message: str, *, code: str = "REFUSED", retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class ApplicationFailure(WorkflowError):
    """A deliberate failure of the business: the instance rolls back with `type` in its failure."""

    def __init__(self, message: str, *, type: str = "APPLICATION_FAILURE", **details: Any) -> None:  # noqa: A002
        super().__init__(message, **details)
        self.type = type


class ActionRefused(WorkflowError):
    """Raised by a transition's `do`: the state stays, what was recorded stays, the caller is answered 422."""

    def __init__(self, message: str, *, code: str = "action-refused", **details: Any) -> None:
        super().__init__(message, **details)
        self.code = code


class StepFailed(WorkflowError):
    """A step ended without a result, for good. Uncaught, it rolls the instance back."""

    def __init__(self, step_key: str, error: dict[str, Any]) -> None:
        super().__init__(f"Step {step_key} failed: {error.get('type')}: {error.get('message')}", error=error)
        self.step_key = step_key
        self.error = error


class ChildFailed(WorkflowError):
    """A child instance ended in anything but COMPLETED. Uncaught, it rolls the parent back."""

    def __init__(self, child_id: str, status: str, failure: dict[str, Any] | None) -> None:
        super().__init__(f"Child {child_id} ended {status}.", failure=failure)
        self.child_id, self.status, self.failure = child_id, status, failure


# -- raised when a definition is written wrongly -----------------------------------------------------------------------


class DefinitionError(WorkflowError):
    """A definition cannot be registered; the message says what to change. Becomes a system check with an id."""

    code = "definition-error"

    def __init__(self, message: str, *, check_id: str = "workflow.E001") -> None:
        super().__init__(message)
        self.check_id = check_id


class CodecError(WorkflowError):
    """A value does not fit its declared type, or is larger than 256 KB."""

    code = "invalid-value"


# -- raised by the front door ------------------------------------------------------------------------------------------


class InstanceNotFound(WorkflowError):
    code = "instance-not-found"


class UnknownDefinition(WorkflowError):
    code = "unknown-workflow"


class InvalidInput(WorkflowError):
    code = "invalid-input"


class ActionNotPossible(WorkflowError):
    """The table has no such arrow from here for this actor: 409, and no event."""

    code = "action-not-possible"


class BusinessKeyInUse(WorkflowError):
    code = "already-live"


class AlreadyFinished(WorkflowError):
    code = "already-finished"


class PastPivot(WorkflowError):
    code = "past-pivot"


class NotPossibleNow(WorkflowError):
    """The staff command does not fit the instance's status."""

    code = "not-possible-now"


class IdempotencyMismatch(WorkflowError):
    """The key was used before with another request: 422."""

    code = "idempotency-key-reused"


class InstanceBusy(WorkflowError):
    """Somebody else holds the row longer than LOCK_TIMEOUT_SECONDS: 503 with Retry-After."""

    code = "instance-busy"


# -- bugs in workflow code: they block the instance by an incident ----------------------------------------------------


class Divergence(BaseException):
    """The code asks for another command than the history holds. Found before any effect; never swallowed."""

    def __init__(self, message: str, *, position: int, expected: str, found: str, sequence_number: int | None) -> None:
        super().__init__(message)
        self.message, self.position, self.expected, self.found = message, position, expected, found
        self.sequence_number = sequence_number


class VersionUnknown(Exception):
    """`run.version` asks for a change that the definition does not list, or stands outside minimum..maximum."""


class CommandInCleanup(Exception):
    """A command was asked for in `finally` (or `except`) while the turn was being suspended."""


# -- control flow that author code must not swallow -------------------------------------------------------------------


class Suspended(BaseException):
    """The turn ends here; the outcome says why. A BaseException so that `except Exception` lets it pass."""

    def __init__(self, outcome: object) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome


class Fenced(BaseException):
    """The lease is gone: somebody raised the token or moved the history. Write nothing more."""


class Released(BaseException):
    """The engine's own trouble (connection, shutdown, stale heartbeat): give the instance back, nobody's fault."""
