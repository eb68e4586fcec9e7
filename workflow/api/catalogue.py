"""Every problem an answer can name: its stable code, its status, and what the caller can do. Applications add theirs.

The catalogue is the one list: answers, `/api/problems` and the OpenAPI description are made from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """One kind of refusal. `code` never changes its meaning; `advice` tells the caller what helps."""

    code: str
    status: int
    title: str
    advice: str


CATALOGUE: dict[str, ProblemKind] = {}


def declare(*kinds: ProblemKind) -> None:
    """Add kinds; the same code with another meaning is an error of the program."""
    for kind in kinds:
        present = CATALOGUE.setdefault(kind.code, kind)
        if present != kind:
            raise ValueError(f"The problem code {kind.code} is taken: {present}.")


def kinds_of(codes: Iterable[str]) -> list[ProblemKind]:
    return [CATALOGUE[code] for code in codes]


declare(
    # -- the request itself
    ProblemKind("bad-request", 400, "Bad request", "Correct the request; nothing was done."),
    ProblemKind("malformed-body", 400, "The body cannot be read", "Send valid JSON in UTF-8 without NUL characters."),
    ProblemKind("invalid-input", 400, "The input is not valid", "Correct the fields that `errors` names."),
    ProblemKind("malformed-idempotency-key", 400, "The Idempotency-Key cannot be used", "1 to 255 visible characters."),
    ProblemKind("malformed-correlation-id", 400, "The X-Correlation-ID cannot be used", "1 to 128 visible characters."),
    ProblemKind("page-too-deep", 400, "The page is too deep", "Go on from `nextCursor` beyond 10,000 rows."),
    ProblemKind(
        "malformed-cursor", 400, "The cursor cannot be used", "Use `nextCursor` of an earlier answer as it is."
    ),
    # -- who asks
    ProblemKind("not-authenticated", 401, "No credential", "Send an API key, or log in as staff."),
    ProblemKind("invalid-credential", 401, "The credential is not valid", "Use a key that exists and is not revoked."),
    ProblemKind("not-permitted", 403, "Not permitted", "Ask for a key with the scope, or for the permission."),
    ProblemKind("csrf-failed", 403, "The CSRF check failed", "Send the token of your session as X-CSRFToken."),
    # -- what is asked for
    ProblemKind("not-found", 404, "Not found", "Check the address."),
    ProblemKind("instance-not-found", 404, "No such instance", "Check the id; what belongs to others is not found."),
    ProblemKind("unknown-workflow", 404, "No such workflow", "See the list of workflows."),
    ProblemKind("incident-not-found", 404, "No such incident", "Check the number."),
    ProblemKind("method-not-allowed", 405, "Method not allowed", "Use a method that `Allow` names."),
    ProblemKind("not-acceptable", 406, "No such representation", "Accept application/json."),
    ProblemKind("body-too-large", 413, "The body is too large", "Send less; the limit is in the description."),
    ProblemKind("unsupported-media-type", 415, "Unsupported media type", "Use the content type of the description."),
    # -- what stands in the way
    ProblemKind("action-not-possible", 409, "The action is not possible now", "Read the status, then choose anew."),
    ProblemKind("already-live", 409, "An instance is already live", "Go on with the instance that is named."),
    ProblemKind("already-finished", 409, "An instance has already finished", "Go on with the instance that is named."),
    ProblemKind("past-pivot", 409, "There is no way back any more", "Let it finish, then correct what it did."),
    ProblemKind("not-possible-now", 409, "The command does not fit the status", "Read the instance, then choose anew."),
    ProblemKind("action-refused", 422, "The action was refused", "Read `detail`; the state is unchanged."),
    ProblemKind("idempotency-key-reused", 422, "The key was used for another request", "Use a new Idempotency-Key."),
    # -- come back later
    ProblemKind("too-many-requests", 429, "Too many requests", "Wait for the seconds that Retry-After names."),
    ProblemKind("instance-busy", 503, "The instance is busy", "Repeat the same request after Retry-After seconds."),
    ProblemKind(
        "database-unavailable", 503, "The database is away", "Repeat the same request after Retry-After seconds."
    ),
    ProblemKind(
        "query-timed-out", 503, "The question took too long", "Ask for less: narrow the filter, or use a cursor."
    ),
    ProblemKind("internal-error", 500, "Something is wrong here", "Repeat later; tell us the correlation id."),
)
