"""The problem codes of onboarding, beside those of `workflow.api.catalogue`."""

from __future__ import annotations

from onboarding.errors import OnboardingError
from onboarding.providers.errors import WebhookRefused
from workflow.api import problems
from workflow.api.catalogue import ProblemKind, declare

START = ("phone-number-unknown", "malformed-request", "user-directory-unavailable")
APPLICATION = ("application-not-found",)
ACTION = (
    *APPLICATION,
    "malformed-request",
    "action-not-possible",
    "action-refused",
    "instance-busy",
)
NEXT = (
    "otp-wrong",
    "otp-expired",
    "otp-superseded",
    "otp-exhausted",
    "profile-invalid",
    "identity-check-refused",
)
RESEND = ("otp-resends-exhausted", "otp-not-sent")
DOCUMENT = (
    "document-refused",
    "document-empty",
    "document-too-large",
    "document-type",
    "document-unreadable",
    "document-encrypted",
    "document-too-many-pages",
    "document-too-small",
    "document-unknown",
)
WEBHOOK = (
    "unknown-provider",
    "webhook-unreadable",
    "signature-missing",
    "signature-expired",
    "signature-mismatch",
    "instance-not-found",
    "idempotency-key-reused",
)

declare(
    ProblemKind(
        "application-not-found", 404, "No such onboarding", "Check the id; what belongs to others is not found."
    ),
    ProblemKind("malformed-request", 400, "The data does not have the declared shape", "Correct what `errors` names."),
    ProblemKind("phone-number-unknown", 422, "No phone number is known", "Send `phoneNumber`."),
    ProblemKind(
        "user-directory-unavailable", 503, "The user directory does not answer", "Send `phoneNumber`, or repeat."
    ),
    # -- the one-time code
    ProblemKind("otp-wrong", 422, "The code is wrong", "Try again; `triesLeft` says how often."),
    ProblemKind("otp-expired", 422, "The code is too old", "Ask for another code."),
    ProblemKind("otp-superseded", 422, "The code does not count", "Use the code that was sent last."),
    ProblemKind("otp-exhausted", 422, "Too many tries", "Ask for another code."),
    ProblemKind("otp-resends-exhausted", 422, "No more codes are sent", "Let it expire, then start anew."),
    ProblemKind("otp-not-sent", 422, "The code could not be sent", "Check the number, or ask again later."),
    # -- profile and document
    ProblemKind("profile-invalid", 422, "The profile is not acceptable", "Correct the fields that `errors` names."),
    ProblemKind("document-refused", 422, "The document is refused", "Send another file."),
    ProblemKind("document-empty", 422, "The file is empty", "Send a file with content."),
    ProblemKind("document-too-large", 413, "The file is too large", "Send at most 10 MiB and 50 million pixels."),
    ProblemKind("document-type", 422, "The file is of another type", "Send a JPEG, a PNG or a PDF."),
    ProblemKind("document-unreadable", 422, "The file is damaged", "Send it again, or another one."),
    ProblemKind("document-encrypted", 422, "The PDF is protected", "Remove the password."),
    ProblemKind("document-too-many-pages", 422, "The PDF has too many pages", "Send at most 20 pages."),
    ProblemKind("document-too-small", 422, "The picture is too small", "Send at least 64 pixels on each side."),
    ProblemKind("document-unknown", 422, "No such document here", "Upload the document anew."),
    ProblemKind(
        "identity-check-refused", 422, "The identity provider did not take it", "Upload another document and hand in."
    ),
    # -- webhooks
    ProblemKind("unknown-provider", 404, "No such provider", "Check the address."),
    ProblemKind("webhook-unreadable", 400, "The message is unknown", "Send a message of the agreed form."),
    ProblemKind("signature-missing", 401, "There is no signature", "Sign: X-Signature: t=<seconds>,v1=<hex>."),
    ProblemKind("signature-expired", 401, "The signature is too old", "Sign anew; five minutes are allowed."),
    ProblemKind("signature-mismatch", 401, "The signature does not fit", "Sign the raw body with the agreed secret."),
)
problems.APPLICATION_ERRORS.extend((OnboardingError, WebhookRefused))
