"""What customers, the identity provider and staff ask of an onboarding: each call is one action of the machine.

A customer's words are turned into what the workflow may know before it hears of them: a code into a seal, a profile and
a document into the id of a stored row. What the machine then refuses to take is forgotten again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from onboarding import conf, otp, selectors
from onboarding.errors import MalformedRequest
from onboarding.messages import DocumentEntry, IdentityDecision, OtpEntry, ProfileEntry, ReviewDecision
from onboarding.models import Document, DocumentKind, Profile
from onboarding.profile import ProfileData
from onboarding.providers.ports import CheckDecision, Decision
from onboarding.services.documents import discard_document, store_document
from onboarding.services.profiles import discard_profile, store_profile
from onboarding.states import Action
from workflow import ActionRefused
from workflow import client as engine
from workflow.client import ActionResult, Actor, WorkflowError

EKYC_SCOPE = "webhook:ekyc"
ACTION_OF = {Decision.APPROVED: Action.EKYC_APPROVE, Decision.REJECTED: Action.EKYC_REJECT}


class GivenCode(BaseModel):
    """What a customer typed."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    otp: str = Field(pattern=rf"^[0-9]{{{otp.CODE_DIGITS}}}$", repr=False)


class Asked(TypedDict, total=False):
    """Who asks, and under which keys; handed to the front door as it is."""

    actor_id: str | None
    idempotency_key: str | None
    scope: str
    correlation_id: str | None
    wait: float | None


def act(
    *, instance_id: str, action: str, data: Mapping[str, Any] | None = None, **asked: Unpack[Asked]
) -> ActionResult:
    """A customer's action. `data` of NEXT is `{"otp": "123456"}` after the start, then the profile, then nothing.

    Takes `actor_id, idempotency_key, scope, correlation_id, wait`. Raises MalformedRequest, ApplicationNotFound and the
    errors of `workflow.client.act`.
    """
    given = dict(data or {})
    if action == Action.NEXT and "otp" in given:
        return _act(instance_id, action, _otp_entry(instance_id, given), asked)
    if action == Action.NEXT and given:
        return _submit_profile(instance_id, given, asked)
    return _act(instance_id, action, given, asked)


def upload_document(
    *, instance_id: str, kind: DocumentKind, content: bytes, **asked: Unpack[Asked]
) -> tuple[Document, ActionResult]:
    """A customer's document. Raises DocumentRefused, ApplicationNotFound and the errors of `workflow.client.act`."""
    selectors.get_applicant(instance_id)
    document, is_new = store_document(instance_id=instance_id, kind=kind, content=content)
    entry = DocumentEntry(document_id=document.id)
    with _forgotten_if_refused(document if is_new else None):
        return document, _act(instance_id, Action.UPLOAD_DOCUMENT, entry.model_dump(mode="json"), asked)


def receive_identity_decision(decision: CheckDecision, *, correlation_id: str | None = None) -> ActionResult:
    """The identity provider's decision, from a webhook whose signature was checked. A repeat changes nothing."""
    entry = IdentityDecision(check_id=decision.check_id, reason=decision.reason)
    return engine.act(
        instance_id=decision.reference,
        action=ACTION_OF[decision.decision],
        actor=Actor.PROVIDER,
        data=entry.model_dump(mode="json"),
        actor_id="ekyc",
        idempotency_key=decision.event_id,
        scope=EKYC_SCOPE,
        correlation_id=correlation_id,
    )


def decide_review(
    *, instance_id: str, action: str, reason: str, actor_id: str, correlation_id: str | None = None
) -> ActionResult:
    """Staff's decision about a likeness: AML_CLEAR or AML_REJECT, with the reason."""
    try:
        entry = ReviewDecision(reason=reason.strip())
    except ValidationError as error:
        raise malformed("A decision has a reason.", error) from None
    return engine.act(
        instance_id=instance_id,
        action=action,
        actor=Actor.STAFF,
        actor_id=actor_id,
        data=entry.model_dump(),
        correlation_id=correlation_id,
    )


def malformed(message: str, error: ValidationError) -> MalformedRequest:
    """A shape error as a request error: fields and kinds, never values."""
    errors = [
        {"field": ".".join(map(str, each["loc"])) or "data", "code": each["type"], "message": each["msg"]}
        for each in error.errors(include_input=False, include_context=False, include_url=False)
    ]
    return MalformedRequest(message, errors=errors)


def _act(instance_id: str, action: str, data: dict[str, Any], asked: Asked) -> ActionResult:
    return engine.act(instance_id=instance_id, action=action, actor=Actor.USER, data=data, **asked)


def _otp_entry(instance_id: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        code = GivenCode.model_validate(given).otp
    except ValidationError as error:
        raise malformed(f"A code has {otp.CODE_DIGITS} digits.", error) from None
    challenge = selectors.find_latest_challenge(str(selectors.get_applicant(instance_id).id))
    if challenge is None:
        return OtpEntry(challenge=0, seal=otp.WRONG).model_dump()
    seal = otp.seal(conf.otp_key(), str(challenge.applicant_id), challenge.nonce, code)
    return OtpEntry(challenge=challenge.number, seal=seal).model_dump()


def _submit_profile(instance_id: str, given: dict[str, Any], asked: Asked) -> ActionResult:
    try:
        data = ProfileData.model_validate(given)
    except ValidationError as error:
        raise malformed("This is not a profile.", error) from None
    applicant = selectors.get_applicant(instance_id)
    profile, is_new = store_profile(instance_id=str(applicant.id), data=data)
    entry = ProfileEntry(profile_id=profile.id)
    with _forgotten_if_refused(profile if is_new else None):
        return _act(instance_id, Action.NEXT, entry.model_dump(mode="json"), asked)


@contextmanager
def _forgotten_if_refused(stored: Profile | Document | None) -> Iterator[None]:
    """What the machine would not hear of leaves no row. What it judged and refused stays, for its history names it."""
    try:
        yield
    except ActionRefused:
        raise
    except WorkflowError:
        match stored:
            case Profile():
                discard_profile(stored)
            case Document():
                discard_document(stored)
        raise
