"""Attaching the document that the identity provider will look at."""

from __future__ import annotations

from onboarding import services
from onboarding.messages import DocumentEntry
from workflow import NOTHING_TO_UNDO, ActionRefused, Run, StepContext, step


@step(atomic=True, undo=NOTHING_TO_UNDO)
def attach_document(ctx: StepContext, *, document_id: str) -> bool:
    """Attach a stored document in place of an earlier one; False for one that is not this application's."""
    return services.attach_document(instance_id=ctx.instance_id, document_id=document_id)


def take_document(run: Run, data: DocumentEntry) -> None:
    """Take a document; until submission another one may replace it."""
    if not run.step(attach_document, document_id=str(data.document_id)):
        raise ActionRefused("There is no such document in this application.", code="document-unknown")
