"""Providers refuse, hang, act and then fail, tell early and tell twice: every effect happens once, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onboarding.models import IdentityCheck
from onboarding.states import Action, State
from onboarding.tests.world import Application
from workflow import ActionRefused

pytestmark = pytest.mark.django_db(transaction=True)
World = Callable[..., Application]


def test_a_webhook_that_comes_before_the_submitting_call_has_answered_is_not_lost(world: World) -> None:
    somebody = world()
    somebody.start()
    somebody.verify()
    somebody.give_profile()
    somebody.upload()
    somebody.simulator.faults("ekyc", "checks.submit", ["early_webhook"], reference=somebody.instance_id)
    somebody.act(Action.NEXT, wait=0)
    somebody.hear()
    assert somebody.end().state == State.COMPLETED


def test_a_webhook_that_comes_twice_decides_once(world: World) -> None:
    somebody = world(last_name="Twice")
    somebody.apply()
    somebody.hear(1)
    somebody.hear(2)
    assert somebody.end().state == State.COMPLETED
    decisions = [fact for fact in somebody.facts if fact.step_key.startswith("record_identity_decision")]
    assert len(decisions) == 1


def test_a_webhook_after_the_end_is_kept_and_ignored(world: World) -> None:
    somebody = world()
    somebody.apply()
    somebody.hear()
    somebody.end()
    assert somebody.hear().outcome in ("ignored", "done")
    assert somebody.applicant.status == State.COMPLETED


@pytest.mark.parametrize("fault", ["error_after", "error_before"])
@pytest.mark.parametrize(
    ("service", "operation", "kind"),
    [("ekyc", "checks.submit", "CHECK"), ("bank", "accounts.open", "ACCOUNT"), ("bank", "cards.open", "CARD")],
)
def test_a_call_with_unknown_outcome_happens_once(
    world: World, service: str, operation: str, kind: str, fault: str
) -> None:
    somebody = world()
    somebody.start(version=2)
    somebody.simulator.faults(service, operation, [fault], reference=somebody.instance_id)
    somebody.verify()
    somebody.give_profile()
    somebody.upload()
    somebody.act(Action.NEXT)
    somebody.hear()
    assert somebody.end().state == State.COMPLETED
    ledger = somebody.simulator.ledger(service=service, reference=somebody.instance_id)
    assert ledger.net[kind] == 1
    assert len(ledger.keys(operation)) == 1


def test_an_identity_provider_that_will_not_take_the_documents_leaves_the_customer_where_they_are(world: World) -> None:
    somebody = world()
    somebody.start()
    somebody.verify()
    somebody.give_profile()
    somebody.upload()
    fault = {"do": "refuse", "code": "BLURRED", "message": f"{somebody.person.last_name}, send a sharper picture."}
    somebody.simulator.faults("ekyc", "checks.submit", [fault], reference=somebody.instance_id)
    with pytest.raises(ActionRefused) as refused:
        somebody.act(Action.NEXT, wait=10)
    assert (refused.value.code, refused.value.data["reason"]) == ("identity-check-refused", "BLURRED")
    assert somebody.described().state == State.DOC_UPLOADED
    assert somebody.person.last_name not in str([fact.payload for fact in somebody.facts])
    somebody.person = somebody.person.but(user_id="a sharper picture")
    somebody.upload()
    somebody.act(Action.NEXT)
    somebody.hear()
    assert somebody.end().state == State.COMPLETED
    assert IdentityCheck.objects.filter(applicant_id=somebody.instance_id).count() == 1


def test_a_phone_that_cannot_be_reached_does_not_end_the_onboarding(world: World) -> None:
    somebody = world(phone_number="+15005550001")
    somebody.start()
    somebody.reach(State.PHONE_ENTERED)
    with pytest.raises(ActionRefused) as refused:
        somebody.act(Action.RESEND_OTP, wait=10)
    assert refused.value.code == "otp-not-sent"
    assert somebody.described().status == "ACTIVE"
    assert "5550001" not in str([fact.payload for fact in somebody.facts])
