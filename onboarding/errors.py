"""What onboarding's services say no with, beside the errors of `workflow.client`. Values are never repeated in them."""

from __future__ import annotations

from typing import Any


class OnboardingError(Exception):
    """Base: `code` is stable and goes into problem details, `data` too."""

    code = "onboarding-error"

    def __init__(self, message: str, *, code: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.message = message
        self.data = data


class ApplicationNotFound(OnboardingError):
    """There is no such application, or it is another client's: 404."""

    code = "application-not-found"


class MalformedRequest(OnboardingError):
    """The request does not have the declared shape; `errors` names the fields: 400."""

    code = "malformed-request"


class PhoneNumberUnknown(OnboardingError):
    """No number was given and no directory knows one: 422."""

    code = "phone-number-unknown"


class DocumentRefused(OnboardingError):
    """The file is too large, of another type, or does not decode: 422."""

    code = "document-refused"


class SanctionsFileError(OnboardingError):
    """A sanctions list cannot be loaded; the message names the line. Nothing was changed."""

    code = "sanctions-file-error"


class SanctionsListMissing(OnboardingError):
    """No list is loaded: nobody is cleared against an empty list."""

    code = "sanctions-list-missing"


class UserDirectoryUnavailable(OnboardingError):
    """No number was given and the directory cannot be asked now: 503."""

    code = "user-directory-unavailable"
