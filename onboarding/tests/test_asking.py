"""What is asked wrongly changes nothing; what is asked again is answered again; versions are pinned at the start."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from pytest_django import Settings

from onboarding import selectors, services
from onboarding.demonstration.history import marker
from onboarding.email_rules import CHANGE
from onboarding.errors import ApplicationNotFound, MalformedRequest, PhoneNumberUnknown
from onboarding.models import Applicant, Document, Profile
from onboarding.states import Action, State
from onboarding.tests.world import Application
from workflow import ActionRefused
from workflow.client import Actor, WorkflowError
from workflow.client import act as front_door_act

pytestmark = pytest.mark.django_db(transaction=True)
World = Callable[..., Application]


def started(world: World) -> Application:
    """Somebody whose first code was sent."""
    somebody = world()
    somebody.start()
    somebody.rest()
    return somebody


def test_one_user_of_a_client_has_one_onboarding_at_a_time(world: World) -> None:
    somebody = started(world)
    again = services.start_onboarding(
        client="tests", user_id=somebody.person.user_id, phone_number=somebody.person.phone_number
    )
    other = services.start_onboarding(client="others", user_id=somebody.person.user_id, phone_number="+14155550199")
    assert (again.instance_id, again.created) == (somebody.instance_id, False)
    assert other.instance_id != somebody.instance_id
    assert Applicant.objects.count() == 2


def test_a_start_that_is_rolled_back_leaves_no_trace(world: World) -> None:
    somebody = world()
    with transaction.atomic():
        somebody.start()
        transaction.set_rollback(True)
    assert not Applicant.objects.exists()
    with pytest.raises(WorkflowError):
        somebody.described()


def test_a_phone_number_has_a_form_and_is_needed(world: World) -> None:
    with pytest.raises(MalformedRequest):
        services.start_onboarding(client="tests", user_id="u", phone_number="0815")
    with pytest.raises(PhoneNumberUnknown):
        services.start_onboarding(client="tests", user_id="u")
    assert not Applicant.objects.exists()


def test_the_directory_knows_the_number_of_user123(world: World, settings: Settings) -> None:
    settings.ONBOARDING_PROVIDERS = {**settings.ONBOARDING_PROVIDERS, "user_directory": {"adapter": "demo"}}
    instance_id = services.start_onboarding(client="tests", user_id="user123").instance_id
    assert selectors.get_applicant(instance_id).phone_number == "+14155550123"


def test_what_belongs_to_another_client_is_not_found(world: World) -> None:
    somebody = started(world)
    assert selectors.get_status(somebody.instance_id, client="tests").state == State.PHONE_ENTERED
    for instance_id, client in ((somebody.instance_id, "others"), ("no id at all", "tests")):
        with pytest.raises(ApplicationNotFound):
            selectors.get_status(instance_id, client=client)


@pytest.mark.parametrize("data", [{"otp": "12"}, {"otp": 123456}, {"otp": "123456", "more": 1}, {"firstName": "Ada"}])
def test_another_shape_is_refused_before_anything_is_kept(world: World, data: dict[str, object]) -> None:
    somebody = started(world)
    before = len(somebody.facts)
    with pytest.raises(MalformedRequest) as refused:
        somebody.act(Action.NEXT, data)
    assert refused.value.data["errors"]
    assert len(somebody.facts) == before
    assert not Profile.objects.exists()


def test_what_the_state_does_not_take_leaves_no_row_and_no_event(world: World) -> None:
    somebody = started(world)
    before = len(somebody.facts)
    with pytest.raises(WorkflowError):
        somebody.give_profile()
    with pytest.raises(WorkflowError) as refused:
        somebody.upload()
    assert refused.value.code == "action-not-possible"
    assert len(somebody.facts) == before
    assert not Profile.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize("action", [a for a in Action if a not in (Action.NEXT, Action.RESEND_OTP)])
def test_an_action_outside_the_table_is_a_conflict_without_an_event(world: World, action: Action) -> None:
    somebody = started(world)
    before = len(somebody.facts)
    for actor in (Actor.USER, Actor.STAFF, Actor.SYSTEM):
        with pytest.raises(WorkflowError) as refused:
            front_door_act(instance_id=somebody.instance_id, action=action, actor=actor, data={})
        assert refused.value.code == "action-not-possible"
    assert len(somebody.facts) == before


def test_a_repeated_request_is_answered_as_the_first(world: World) -> None:
    somebody = started(world)
    somebody.verify()
    keyed = {"idempotency_key": "profile", "scope": "tests", "wait": 10.0}
    first = somebody.act(Action.NEXT, somebody.person.profile, **keyed)
    again = somebody.act(Action.NEXT, somebody.person.profile, **keyed)
    assert (first.outcome, again.outcome, again.state) == ("done", "done", State.PROFILE_COMPLETED)
    assert Profile.objects.count() == 1


def test_a_refused_profile_can_be_corrected(world: World) -> None:
    somebody = started(world)
    somebody.verify()
    good = somebody.person
    somebody.person = good.but(email="info@example.com", nationality="XX")
    with pytest.raises(ActionRefused) as refused:
        somebody.give_profile()
    assert [(e["field"], e["code"]) for e in refused.value.data["errors"]] == [
        ("nationality", "country"),
        ("email", "email-role"),
    ]
    somebody.person = good
    assert somebody.give_profile().state == State.PROFILE_COMPLETED


def test_the_logic_that_an_onboarding_was_started_with_stays_its_logic(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`changes` is read once per process; a process of before the deployment had 1."""
    from onboarding.workflows import OnboardingV1

    old = world(email="info@example.com")
    with monkeypatch.context() as before_the_deployment:
        before_the_deployment.setitem(OnboardingV1.definition.changes, CHANGE, 1)
        old.start()
    new = world(email="info@example.com")
    new.start()
    for customer in (old, new):
        customer.verify()
    assert old.give_profile().state == State.PROFILE_COMPLETED
    with pytest.raises(ActionRefused):
        new.give_profile()
    assert (marker(old.facts, CHANGE), marker(new.facts, CHANGE)) == (1, 2)
