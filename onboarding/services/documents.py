"""Documents: decoded and stored first, attached by the workflow, which counts on exactly one."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from onboarding.documents import inspect_document
from onboarding.models import Applicant, Document, DocumentKind, DocumentStatus
from onboarding.services.applications import move_applicant
from onboarding.states import State

IN_USE = (DocumentStatus.ATTACHED, DocumentStatus.SUBMITTED)


def store_document(*, instance_id: str, kind: DocumentKind, content: bytes) -> tuple[Document, bool]:
    """Decode and keep a file, and say whether it is new; the same content is the same row. Raises DocumentRefused."""
    facts = inspect_document(content)
    found = Document.objects.filter(applicant_id=instance_id, sha256=facts.sha256).first()
    if found is not None:
        return found, False
    document = Document(
        applicant_id=instance_id,
        kind=kind,
        content_type=facts.content_type,
        size_bytes=facts.size_bytes,
        pages=facts.pages,
        sha256=facts.sha256,
    )
    document.file.save(str(document.id), ContentFile(content), save=False)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError:  # the same file arrived twice at the same moment
        document.file.delete(save=False)
        return Document.objects.get(applicant_id=instance_id, sha256=facts.sha256), False
    return document, True


def discard_document(document: Document) -> None:
    """Forget a document that the workflow never heard of, and its file."""
    gone, _ = Document.objects.filter(pk=document.pk, status=DocumentStatus.STORED).delete()
    if gone:
        document.file.delete(save=False)


def attach_document(*, instance_id: str, document_id: str) -> bool:
    """Make a stored document the application's, in place of an earlier one. False for a foreign or unknown id."""
    document = Document.objects.filter(pk=document_id, applicant_id=instance_id).first()
    if document is None:
        return False
    for earlier in Document.objects.filter(applicant_id=instance_id, status__in=IN_USE).exclude(pk=document.pk):
        earlier.replace()
        earlier.store("status")
    if document.status not in IN_USE:
        document.attach()
        document.store("status")
    move_applicant(Applicant.objects.get(pk=instance_id), State.DOC_UPLOADED)
    return True
