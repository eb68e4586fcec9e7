"""Identity checks: noted when the provider took them, decided when it told us. Noting one again changes nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onboarding.models import Applicant, CheckStatus, Document, DocumentStatus, IdentityCheck
from onboarding.services.applications import move_applicant
from onboarding.states import State


def record_check(*, instance_id: str, check_id: str) -> None:
    """The provider took the check: the document is with them, and the application waits for the decision."""
    with transaction.atomic():
        applicant = Applicant.objects.select_for_update().get(pk=instance_id)
        if IdentityCheck.objects.filter(applicant=applicant).exists():
            return
        IdentityCheck.objects.create(applicant=applicant, check_id=check_id)
        document = Document.objects.get(applicant=applicant, status=DocumentStatus.ATTACHED)
        document.submit()
        document.store("status")
        move_applicant(applicant, State.EKYC_PENDING)


def record_identity_decision(*, instance_id: str, check_id: str, to: State, reason: str, at: datetime) -> bool:
    """Note the decision and move on. False if it is about another check than this application's."""
    check = IdentityCheck.objects.filter(applicant_id=instance_id, check_id=check_id).first()
    if check is None or check.status != CheckStatus.PENDING:
        return False
    if to is State.EKYC_APPROVED:
        check.approve()
    else:
        check.reject()
    check.reason, check.decided_at = reason, at
    check.store("status", "reason", "decided_at")
    move_applicant(Applicant.objects.get(pk=instance_id), to)
    return True
