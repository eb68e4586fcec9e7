"""Looking into a file: a document is what it decodes as, whatever its name and its header claim."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from onboarding.errors import DocumentRefused

SIZE_BYTES_MAX = 10 * 1024 * 1024
PAGES_MAX = 20
PIXELS_MAX = 50_000_000
SIDE_PIXELS_MIN = 64
IMAGE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
PDF_TYPE = "application/pdf"
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN_BYTES = 1024


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a file turned out to be."""

    content_type: str
    size_bytes: int
    pages: int
    sha256: str


def inspect_document(content: bytes) -> DocumentFacts:
    """Decode a file. Raises DocumentRefused with the codes document-empty, -too-large, -type, -unreadable, -encrypted,
    -too-many-pages, -too-small."""
    if not content:
        raise DocumentRefused("The file is empty.", code="document-empty")
    if len(content) > SIZE_BYTES_MAX:
        size_mib = SIZE_BYTES_MAX // 2**20
        raise DocumentRefused(f"The file is larger than {size_mib} MiB.", code="document-too-large")
    is_pdf = PDF_MARK in content[:PDF_MARK_WITHIN_BYTES]
    content_type, pages = _inspect_pdf(content) if is_pdf else _inspect_image(content)
    return DocumentFacts(content_type, len(content), pages, hashlib.sha256(content).hexdigest())


def _inspect_image(content: bytes) -> tuple[str, int]:
    """Decode every pixel: a header alone proves nothing. A bomb is refused before it is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=tuple(IMAGE_TYPES)) as image:
                kind, (width, height) = str(image.format), image.size
                if width * height > PIXELS_MAX:
                    raise DocumentRefused("The picture has too many pixels.", code="document-too-large")
                image.load()
    except UnidentifiedImageError:
        raise DocumentRefused("Send a JPEG, a PNG or a PDF.", code="document-type") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DocumentRefused("The picture has too many pixels.", code="document-too-large") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow raises for damaged files
        raise DocumentRefused("The picture is damaged.", code="document-unreadable") from error
    if min(width, height) < SIDE_PIXELS_MIN:
        raise DocumentRefused("The picture is too small to read.", code="document-too-small")
    return IMAGE_TYPES[kind], 1


def _inspect_pdf(content: bytes) -> tuple[str, int]:
    """Read the page tree and each page's content. A file that needs a password cannot be checked by anybody."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise DocumentRefused("The PDF is protected by a password.", code="document-encrypted")
        pages = len(reader.pages)
        if 0 < pages <= PAGES_MAX:
            for page in reader.pages:
                page.get_contents()
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentRefused("The PDF is damaged.", code="document-unreadable") from error
    if not pages:
        raise DocumentRefused("The PDF has no pages.", code="document-unreadable")
    if pages > PAGES_MAX:
        raise DocumentRefused(f"The PDF has more than {PAGES_MAX} pages.", code="document-too-many-pages")
    return PDF_TYPE, pages
