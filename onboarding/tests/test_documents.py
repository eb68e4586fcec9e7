"""Documents: what a file is, is found out by decoding it; one of them counts."""

from __future__ import annotations

import zlib
from struct import pack
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from onboarding import services
from onboarding.documents import PAGES_MAX, SIZE_BYTES_MAX, inspect_document
from onboarding.errors import DocumentRefused
from onboarding.models import Applicant, Document, DocumentKind, DocumentStatus
from onboarding.services.applications import move_applicant
from onboarding.services.documents import discard_document
from onboarding.states import State
from onboarding.tests.conftest import ApplicantMaker, pdf, picture


@pytest.mark.parametrize(
    ("content", "content_type", "pages"),
    [
        (picture(kind="JPEG"), "image/jpeg", 1),
        (picture(kind="PNG"), "image/png", 1),
        (pdf(pages=3), "application/pdf", 3),
    ],
)
def test_a_readable_file_is_what_it_decodes_as(content: bytes, content_type: str, pages: int) -> None:
    facts = inspect_document(content)
    assert (facts.content_type, facts.pages, facts.size_bytes) == (content_type, pages, len(content))
    assert len(facts.sha256) == 64


def bomb() -> bytes:
    """A PNG of a few bytes that claims a hundred million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "document-empty"),
        (b"\0" * (SIZE_BYTES_MAX + 1), "document-too-large"),
        (b"MZ\x90\0 a program that is called passport.jpg", "document-type"),
        (picture(kind="GIF"), "document-type"),
        (picture(kind="JPEG")[:300], "document-unreadable"),
        (picture(kind="PNG")[:-30], "document-unreadable"),
        (b"%PDF-1.7\n and then nothing that is one", "document-unreadable"),
        (pdf()[:150], "document-unreadable"),
        (pdf(password="secret"), "document-encrypted"),
        (pdf(pages=PAGES_MAX + 1), "document-too-many-pages"),
        (picture(size=(20, 20)), "document-too-small"),
        (bomb(), "document-too-large"),
    ],
)
def test_what_does_not_decode_is_refused_with_its_code(content: bytes, code: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        inspect_document(content)
    assert refused.value.code == code


def stored(applicant: Applicant, shade: int = 1) -> Document:
    content = picture(shade=shade)
    return services.store_document(instance_id=str(applicant.id), kind=DocumentKind.PASSPORT, content=content)[0]


def attached(applicant: Applicant, document: Document) -> bool:
    return services.attach_document(instance_id=str(applicant.id), document_id=str(document.id))


def statuses(*documents: Document) -> list[str]:
    """As they are in the database now."""
    return [Document.objects.get(pk=document.pk).status for document in documents]


@pytest.fixture
def profiled(applicant: Applicant) -> Applicant:
    """An applicant whose profile is complete."""
    move_applicant(applicant, State.OTP_VERIFIED)
    move_applicant(applicant, State.PROFILE_COMPLETED)
    return applicant


@pytest.mark.django_db
def test_the_file_is_kept_under_a_name_that_tells_nothing(applicant: Applicant) -> None:
    document = stored(applicant)
    assert document.file.name == f"onboarding/{applicant.id}/{document.id}"
    with default_storage.open(document.file.name) as file:
        assert file.read() == picture(shade=1)


@pytest.mark.django_db
def test_the_same_file_twice_is_one_document(applicant: Applicant, make_applicant: ApplicantMaker) -> None:
    assert stored(applicant) == stored(applicant)
    assert stored(make_applicant()) != stored(applicant)


@pytest.mark.django_db
def test_a_refused_file_leaves_no_row(applicant: Applicant) -> None:
    with pytest.raises(DocumentRefused):
        services.store_document(instance_id=str(applicant.id), kind=DocumentKind.PASSPORT, content=b"nothing")
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_an_attached_document_moves_the_application_and_the_latest_counts(profiled: Applicant) -> None:
    one, other = stored(profiled, shade=1), stored(profiled, shade=2)
    assert attached(profiled, one)
    assert Applicant.objects.get(pk=profiled.pk).status == State.DOC_UPLOADED
    assert attached(profiled, other)
    assert statuses(one, other) == [DocumentStatus.REPLACED, DocumentStatus.ATTACHED]
    assert attached(profiled, one)
    assert statuses(one, other) == [DocumentStatus.ATTACHED, DocumentStatus.REPLACED]


@pytest.mark.django_db
def test_a_foreign_document_is_not_attached(profiled: Applicant, make_applicant: ApplicantMaker) -> None:
    assert not attached(profiled, stored(make_applicant()))
    assert not attached(profiled, Document(id=uuid4()))
    assert Applicant.objects.get(pk=profiled.pk).status == State.PROFILE_COMPLETED


@pytest.mark.django_db
def test_only_what_the_workflow_never_heard_of_is_forgotten(profiled: Applicant) -> None:
    document, other = stored(profiled, shade=1), stored(profiled, shade=2)
    attached(profiled, document)
    discard_document(document)
    discard_document(other)
    assert list(Document.objects.values_list("id", flat=True)) == [document.id]
    assert default_storage.exists(f"onboarding/{profiled.id}/{document.id}")
    assert not default_storage.exists(f"onboarding/{profiled.id}/{other.id}")
