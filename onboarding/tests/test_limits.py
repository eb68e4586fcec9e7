"""Nobody is waited for without end: every waiting state expires, and an expiry takes back what was provisioned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from onboarding.demonstration.history import undos
from onboarding.demonstration.scenarios.sanctions_hit import UNDOS
from onboarding.models import Applicant
from onboarding.models.applicant import WAITING
from onboarding.states import Action, State
from onboarding.tests.world import StillApplication
from onboarding.workflows import PHONE_LIMIT
from workflow import ActionRefused
from workflow.testing import FakeClock, assert_replays

pytestmark = pytest.mark.django_db
World = Callable[..., StillApplication]
DOUBTFUL = {"first_name": "Marisol", "last_name": "Estevez Quiroga", "nationality": "CU"}


def brought_to(somebody: StillApplication, state: State, version: int) -> None:
    """As far as the state, and no further."""
    somebody.start(version)
    for beyond, word in (
        (State.PHONE_ENTERED, somebody.verify),
        (State.OTP_VERIFIED, somebody.give_profile),
        (State.PROFILE_COMPLETED, somebody.upload),
        (State.DOC_UPLOADED, lambda: somebody.act(Action.NEXT)),
        (State.EKYC_PENDING, somebody.hear),
    ):
        if state == beyond:
            return
        word()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("state", WAITING)
def test_every_state_that_waits_expires(still_world: World, state: State, version: int) -> None:
    somebody = still_world(**DOUBTFUL)
    brought_to(somebody, state, version)
    assert somebody.described().state == state
    expired = somebody.drive(skip_limits=True)
    provisioned = version == 2 and state == State.AML_PENDING
    assert (expired.state, expired.status) == (State.EXPIRED, "COMPENSATED" if provisioned else "TIMED_OUT")
    assert undos(somebody.facts) == (UNDOS if provisioned else [])
    assert somebody.applicant.status == State.EXPIRED
    assert somebody.simulator.ledger(service="bank", reference=somebody.instance_id).net == {}
    assert_replays(somebody.instance_id)


def test_asking_for_another_code_gives_no_more_time(still_world: World, clock: FakeClock) -> None:
    somebody = still_world()
    somebody.start()
    clock.skip(PHONE_LIMIT - timedelta(minutes=1))
    somebody.act(Action.RESEND_OTP)
    clock.skip(timedelta(minutes=2))
    somebody.drive()
    assert Applicant.objects.get(pk=somebody.instance_id).status == State.EXPIRED


def test_a_code_is_too_old_after_five_minutes_and_another_one_is_not(still_world: World, clock: FakeClock) -> None:
    somebody = still_world()
    somebody.start()
    code = somebody.code()
    clock.skip(timedelta(minutes=5, seconds=1))
    with pytest.raises(ActionRefused) as refused:
        somebody.act(Action.NEXT, {"otp": code})
    assert refused.value.code == "otp-expired"
    somebody.act(Action.RESEND_OTP)
    somebody.act(Action.NEXT, {"otp": somebody.code(number=2)})
    assert somebody.described().state == State.OTP_VERIFIED
