"""Proving that the phone is the customer's: a code is sent, and tried at most five times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onboarding import conf, otp, selectors, services
from onboarding.messages import NoData, OnboardingInput, OtpEntry
from onboarding.providers import ports
from onboarding.providers.registry import sms_sender
from onboarding.services.codes import CodeTry, IssuedCode, TryOutcome
from onboarding.steps.asking import PROVIDER_RETRY, PROVIDER_TIMEOUT, asking, reading, without_personal_data
from workflow import NOTHING_TO_UNDO, ActionRefused, Reconciliation, Run, StepContext, StepFailed, step

CODE_SENT = "code_sent"
"""In the machine's memory: whether the first code was taken by the provider."""

REFUSALS = {
    TryOutcome.WRONG: "This is not the code.",
    TryOutcome.EXPIRED: "The code is too old; ask for another one.",
    TryOutcome.SUPERSEDED: "This code does not count; the latest one does.",
    TryOutcome.EXHAUSTED: "Too many tries; ask for another code.",
}


@step(atomic=True, undo=NOTHING_TO_UNDO)
def ensure_application(ctx: StepContext, *, client: str, user_id: str) -> None:
    """The row is there from the start; an instance that staff started anew makes its own."""
    services.ensure_application(instance_id=ctx.instance_id, client=client, user_id=user_id)


@step(atomic=True, undo=NOTHING_TO_UNDO)
def issue_code(ctx: StepContext, *, nonce: str, at: datetime) -> IssuedCode | None:
    """Another code, or None if there were enough."""
    return services.issue_code(instance_id=ctx.instance_id, nonce=nonce, at=at)


@step(atomic=True, undo=NOTHING_TO_UNDO)
def try_code(ctx: StepContext, *, number: int, seal: str, at: datetime) -> CodeTry:
    """Count a try; the right one moves the applicant in the same commit."""
    return services.try_code(instance_id=ctx.instance_id, number=number, seal=seal, at=at)


def _was_code_sent(ctx: StepContext, *, number: int) -> Reconciliation:  # noqa: ARG001
    found = sms_sender().look_up_message(ctx.idempotency_key, **reading(ctx))
    return Reconciliation.not_done() if found is None else Reconciliation.done(found.message_id)


@step(retry=PROVIDER_RETRY, timeout=PROVIDER_TIMEOUT, undo=NOTHING_TO_UNDO, reconcile=_was_code_sent)
def send_code(ctx: StepContext, *, number: int) -> str:
    """Send a code, made anew from its nonce. Answers the provider's id of the message."""
    challenge = selectors.get_challenge(ctx.instance_id, number)
    code = otp.code_for(conf.otp_key(), ctx.instance_id, challenge.nonce)
    message = ports.TextMessage(
        reference=ctx.instance_id, to=challenge.applicant.phone_number, text=f"Your code is {code}."
    )
    with without_personal_data():
        return sms_sender().send(message, **asking(ctx)).message_id


def no_code_sent(memory: Mapping[str, Any]) -> bool:
    """Guard: the first code is still to be sent."""
    return CODE_SENT not in memory


def send_first_code(run: Run, data: NoData | None) -> dict[str, Any]:  # noqa: ARG001
    """Send a code as soon as the onboarding begins. If the provider refuses, the customer may ask for another one."""
    request: OnboardingInput = run.input
    run.step(ensure_application, client=request.client, user_id=request.user_id)
    return {CODE_SENT: _send_another(run) is not None}


def resend_code(run: Run, data: NoData | None) -> dict[str, Any]:  # noqa: ARG001
    """Send another code, within the limit. The state stays."""
    if _send_another(run) is None:
        raise ActionRefused("The provider would not send a message to this phone.", code="otp-not-sent")
    return {CODE_SENT: True}


def verify_code(run: Run, data: OtpEntry) -> None:
    """Try a code. Every try is counted before it is judged."""
    tried = run.step(try_code, number=data.challenge, seal=data.seal, at=run.now())
    if tried.outcome is not TryOutcome.VERIFIED:
        code = f"otp-{tried.outcome.lower()}"
        raise ActionRefused(REFUSALS[tried.outcome], code=code, tries_left=tried.tries_left)


def _send_another(run: Run) -> str | None:
    """The provider's id of the message, or None if it refused. Raises ActionRefused past the limit."""
    nonce = run.side_effect("otp-nonce", otp.new_nonce, type=str)
    issued = run.step(issue_code, nonce=nonce, at=run.now())
    if issued is None:
        raise ActionRefused("No more codes are sent for this application.", code="otp-resends-exhausted")
    try:
        message_id: str = run.step(send_code, number=issued.number)
    except StepFailed:
        return None
    return message_id
