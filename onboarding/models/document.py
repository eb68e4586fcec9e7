"""onboarding_document: a file that decoded to what it says it is. Private: it is served to nobody."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from onboarding.models.applicant import Applicant
from onboarding.models.versioned import Versioned, WorkflowNow


class DocumentKind(models.TextChoices):
    PASSPORT = "PASSPORT"  # the page with the photograph
    ID_CARD = "ID_CARD"  # both sides in one file
    DRIVING_LICENCE = "DRIVING_LICENCE"  # where the provider takes it


class DocumentStatus(models.TextChoices):
    STORED = "STORED"  # decoded and kept; no workflow knows it yet
    ATTACHED = "ATTACHED"  # part of the application
    SUBMITTED = "SUBMITTED"  # the identity provider was given its reference
    REPLACED = "REPLACED"  # the customer sent another one


def stored_path(document: Document, _name: str) -> str:
    """Where the file is kept; nothing of the customer's file name, which may be personal or hostile."""
    return f"onboarding/{document.applicant_id}/{document.id}"


class Document(Versioned):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    status = FSMField(max_length=20, choices=DocumentStatus.choices, default=DocumentStatus.STORED, protected=True)
    file = models.FileField(upload_to=stored_path)
    content_type = models.TextField()  # what it decoded as, not what was claimed
    size_bytes = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField(db_default=WorkflowNow())

    class Meta:
        db_table = "onboarding_document"
        ordering = ("-stored_at",)
        constraints = (
            # The same file sent twice is one document.
            models.UniqueConstraint(fields=("applicant", "sha256"), name="onboarding_document_one_per_content"),
            # One document at a time counts: the provider is asked about exactly one.
            models.UniqueConstraint(
                fields=("applicant",),
                name="onboarding_document_one_in_use",
                condition=Q(status__in=(DocumentStatus.ATTACHED, DocumentStatus.SUBMITTED)),
            ),
            # An empty file is no document.
            models.CheckConstraint(name="onboarding_document_not_empty", condition=Q(size_bytes__gt=0, pages__gt=0)),
            models.CheckConstraint(
                name="onboarding_document_known_status", condition=Q(status__in=DocumentStatus.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @transition(field=status, source=(DocumentStatus.STORED, DocumentStatus.REPLACED), target=DocumentStatus.ATTACHED)
    def attach(self) -> None:
        """It belongs to the application now."""

    @transition(
        field=status, source=(DocumentStatus.ATTACHED, DocumentStatus.SUBMITTED), target=DocumentStatus.REPLACED
    )
    def replace(self) -> None:
        """Another one took its place."""

    @transition(field=status, source=DocumentStatus.ATTACHED, target=DocumentStatus.SUBMITTED)
    def submit(self) -> None:
        """The identity provider checks it."""
