"""Both machines on the engine, from a phone number to their ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onboarding import services
from onboarding.demonstration.history import undos
from onboarding.demonstration.scenarios.by_http_alone import PATH
from onboarding.demonstration.scenarios.deployment import PATH_V2
from onboarding.demonstration.scenarios.sanctions_hit import UNDOS
from onboarding.models import Account, Card, DocumentStatus, Wallet
from onboarding.states import Action, State
from onboarding.tests.world import Application
from workflow import client as engine
from workflow.testing import assert_replays

pytestmark = pytest.mark.django_db(transaction=True)
World = Callable[..., Application]
DRAKMOOR = {"first_name": "Wiktor", "last_name": "Drakmoor", "date_of_birth": "1962-07-12", "nationality": "IR"}
DOUBTFUL = {"first_name": "Marisol", "last_name": "Estevez Quiroga", "nationality": "CU"}


def left_at_the_bank(application: Application) -> dict[str, int]:
    return application.simulator.ledger(service="bank", reference=application.instance_id).net


def products(application: Application) -> list[str]:
    """The status of account, wallet and card, as far as there are any."""
    mine = {"applicant_id": application.instance_id}
    return [row.status for model in (Account, Wallet, Card) for row in model.objects.filter(**mine)]


@pytest.mark.parametrize(
    ("version", "path", "left"),
    [(1, PATH, {"ACCOUNT": 1}), (2, PATH_V2, {"ACCOUNT": 1, "WALLET": 1, "CARD": 1})],
)
def test_a_customer_completes(world: World, version: int, path: list[str], left: dict[str, int]) -> None:
    somebody = world()
    somebody.apply(version)
    somebody.hear()
    assert somebody.end().status == "COMPLETED"
    assert somebody.path == path
    assert somebody.applicant.status == State.COMPLETED
    assert left_at_the_bank(somebody) == left
    assert products(somebody) == ["OPEN"] * len(left)
    assert somebody.simulator.duplicates() == []
    assert_replays(somebody.instance_id)


def test_v2_takes_everything_back_from_a_listed_person(world: World) -> None:
    somebody = world(**DRAKMOOR)
    somebody.apply(version=2)
    somebody.hear()
    end = somebody.end()
    assert (end.status, end.state, end.failure["type"]) == ("COMPENSATED", "AML_REJECTED", "REJECTED")
    assert undos(somebody.facts) == UNDOS
    assert left_at_the_bank(somebody) == {}
    assert products(somebody) == ["CLOSED"] * 3
    assert_replays(somebody.instance_id)


def test_v1_opens_nothing_for_a_listed_person(world: World) -> None:
    somebody = world(**DRAKMOOR)
    somebody.apply(version=1)
    somebody.hear()
    assert (somebody.end().status, somebody.end().state) == ("COMPLETED", "AML_REJECTED")
    assert left_at_the_bank(somebody) == {}


def test_the_identity_provider_rejects(world: World) -> None:
    somebody = world(last_name="Rejected")
    somebody.apply()
    somebody.hear()
    assert (somebody.end().status, somebody.end().state) == ("COMPLETED", "EKYC_REJECTED")
    assert somebody.applicant.identity_check.reason == "DOCUMENT_DOES_NOT_MATCH"


@pytest.mark.parametrize(
    ("action", "state", "status", "verdict"),
    [
        (Action.AML_CLEAR, State.COMPLETED, "COMPLETED", "CLEARED_BY_STAFF"),
        (Action.AML_REJECT, State.AML_REJECTED, "COMPENSATED", "REJECTED_BY_STAFF"),
    ],
)
def test_a_doubtful_likeness_waits_for_staff(
    world: World, action: Action, state: State, status: str, verdict: str
) -> None:
    somebody = world(**DOUBTFUL)
    somebody.apply(version=2)
    somebody.hear()
    assert somebody.reach(State.AML_PENDING).waiting_for == [Action.AML_CLEAR, Action.AML_REJECT]
    services.decide_review(instance_id=somebody.instance_id, action=action, reason="compared", actor_id="grete")
    assert (somebody.end().status, somebody.end().state) == (status, state)
    assert (somebody.applicant.screening.verdict, somebody.applicant.screening.reason) == (verdict, "compared")


def test_a_card_that_the_bank_refuses_takes_wallet_and_account_back(world: World) -> None:
    somebody = world(last_name="Nocard")
    somebody.apply(version=2)
    somebody.hear()
    assert (somebody.end().status, somebody.end().failure["type"]) == ("COMPENSATED", "STEP_FAILED")
    assert undos(somebody.facts) == UNDOS[1:]
    assert left_at_the_bank(somebody) == {}
    assert products(somebody) == ["CLOSED", "CLOSED"]


def test_a_cancel_takes_back_what_was_provisioned(world: World) -> None:
    somebody = world(**DOUBTFUL)
    somebody.apply(version=2)
    somebody.hear()
    somebody.reach(State.AML_PENDING)
    engine.cancel(instance_id=somebody.instance_id, actor_id="grete", reason="the customer asked")
    assert somebody.end().status == "COMPENSATED"
    assert undos(somebody.facts) == UNDOS
    assert left_at_the_bank(somebody) == {}


def test_an_onboarding_that_staff_start_anew_makes_its_own_application(world: World) -> None:
    somebody = world(last_name="Rejected")
    somebody.apply()
    somebody.hear()
    first_id = somebody.end().id
    somebody.instance_id = engine.restart(instance_id=first_id, actor_id="grete", reason="a better picture").instance_id
    assert somebody.instance_id != first_id
    somebody.act(Action.NEXT, {"otp": somebody.code(number=2)})
    assert somebody.applicant.status == State.OTP_VERIFIED
    assert somebody.applicant.user_id == somebody.person.user_id


def test_another_document_takes_the_place_of_the_first_until_it_is_handed_in(world: World) -> None:
    somebody = world()
    somebody.start()
    somebody.verify()
    somebody.give_profile()
    somebody.upload()
    somebody.person = somebody.person.but(user_id="another picture")
    somebody.upload()
    somebody.act(Action.NEXT)
    somebody.reach(State.EKYC_PENDING)
    statuses = [document.status for document in somebody.applicant.documents.order_by("stored_at")]
    assert statuses == [DocumentStatus.REPLACED, DocumentStatus.SUBMITTED]
