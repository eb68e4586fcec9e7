"""The identity check: submitted once, decided by the provider's webhook."""

from __future__ import annotations

from datetime import datetime

from onboarding import conf, selectors, services
from onboarding.messages import IdentityDecision, NoData
from onboarding.providers import ports
from onboarding.providers.registry import ekyc_provider
from onboarding.states import State
from onboarding.steps.asking import PROVIDER_RETRY, PROVIDER_TIMEOUT, asking, reading, without_personal_data
from workflow import NOTHING_TO_UNDO, ActionRefused, Reconciliation, Run, StepContext, StepFailed, step


def _was_check_submitted(ctx: StepContext) -> Reconciliation:
    found = ekyc_provider().look_up_check(ctx.idempotency_key, **reading(ctx))
    return Reconciliation.not_done() if found is None else Reconciliation.done(_noted(ctx, found))


@step(retry=PROVIDER_RETRY, timeout=PROVIDER_TIMEOUT, undo=NOTHING_TO_UNDO, reconcile=_was_check_submitted)
def submit_identity_check(ctx: StepContext) -> str:
    """Hand profile and document to the provider. Answers its id of the check; a check that was made stays made."""
    profile = selectors.get_accepted_profile(ctx.instance_id)
    request = ports.CheckRequest(
        reference=ctx.instance_id,
        first_name=profile.first_name,
        last_name=profile.last_name,
        date_of_birth=profile.date_of_birth,
        document_reference=str(selectors.get_document_in_use(ctx.instance_id).id),
        callback_url=conf.ekyc_callback_url(),
    )
    with without_personal_data():
        check = ekyc_provider().submit_check(request, **asking(ctx))
    return _noted(ctx, check)


def _noted(ctx: StepContext, check: ports.Check) -> str:
    services.record_check(instance_id=ctx.instance_id, check_id=check.check_id)
    return check.check_id


@step(atomic=True, undo=NOTHING_TO_UNDO)
def record_identity_decision(ctx: StepContext, *, check_id: str, to: State, reason: str, at: datetime) -> bool:
    """Note what was decided; False if it is about another check than this application's."""
    return services.record_identity_decision(
        instance_id=ctx.instance_id, check_id=check_id, to=to, reason=reason, at=at
    )


def submit(run: Run, data: NoData | None) -> None:  # noqa: ARG001
    """Hand in. If the provider will not take it, the customer may exchange the document and try again."""
    try:
        run.step(submit_identity_check)
    except StepFailed as failure:
        why = failure.error.get("code") or failure.error.get("type")
        message = "The identity provider did not take the documents."
        raise ActionRefused(message, code="identity-check-refused", reason=why) from None


def approve_identity(run: Run, data: IdentityDecision) -> None:
    """The provider confirmed."""
    _decide(run, data, State.EKYC_APPROVED)


def reject_identity(run: Run, data: IdentityDecision) -> None:
    """The provider did not."""
    _decide(run, data, State.EKYC_REJECTED)


def _decide(run: Run, data: IdentityDecision, to: State) -> None:
    if not run.step(record_identity_decision, check_id=data.check_id, to=to, reason=data.reason, at=run.now()):
        raise ActionRefused("This decision is about another check.", code="identity-check-unknown")
