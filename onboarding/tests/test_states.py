"""The applicant's status can follow both machines, and nothing else; the system checks say so."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.test import override_settings
from django_fsm import TransitionNotAllowed

from onboarding.checks import check_edges, check_limits, check_onboarding
from onboarding.models import Applicant, StaleRow
from onboarding.models.applicant import WAITING, applicant_edges
from onboarding.services.applications import move_applicant
from onboarding.states import Action, State
from onboarding.workflows import OnboardingV1, OnboardingV2
from workflow import Actor, Machine, Transition

FORWARD = [
    State.PHONE_ENTERED,
    State.OTP_VERIFIED,
    State.PROFILE_COMPLETED,
    State.DOC_UPLOADED,
    State.EKYC_PENDING,
    State.EKYC_APPROVED,
]
PATHS: dict[type[Machine], list[State]] = {
    OnboardingV1: [*FORWARD, State.AML_PENDING, State.AML_CLEARED, State.ACCOUNT_CREATED, State.COMPLETED],
    OnboardingV2: [
        *FORWARD,
        State.ACCOUNT_CREATED,
        State.WALLET_CREATED,
        State.CARD_ACTIVATED,
        State.AML_PENDING,
        State.AML_CLEARED,
        State.COMPLETED,
    ],
}
ENDS = {State.COMPLETED, State.EKYC_REJECTED, State.AML_REJECTED, State.EXPIRED}


@pytest.mark.parametrize("machine", [OnboardingV1, OnboardingV2])
def test_the_way_to_completion_is_in_the_table(machine: type[Machine]) -> None:
    arrows = {(t.source, t.to) for t in machine.transitions}
    path = PATHS[machine]
    assert set(pairwise(path)) <= arrows
    assert {s for s in machine.states() if not machine.exits(s)} == ENDS


@pytest.mark.parametrize("machine", [OnboardingV1, OnboardingV2])
def test_the_applicant_can_follow_a_machine_and_every_wait_has_a_limit(machine: type[Machine]) -> None:
    assert check_edges(machine, applicant_edges()) == []
    assert check_limits(machine) == []
    waiting = {s for s in machine.states() if machine.limit(s) is not None}
    assert waiting == set(WAITING)


def test_rejections_are_handled_ends_of_both() -> None:
    assert OnboardingV1.rejecting == OnboardingV2.rejecting == {State.EKYC_REJECTED, State.AML_REJECTED}


class Wrong(Machine, abstract=True):
    """Skips the identity check, knows a state of its own, and waits without end. Abstract: it is never registered."""

    name, version, initial = "wrong", 1, State.PHONE_ENTERED
    transitions = [
        Transition(State.PHONE_ENTERED, Action.NEXT, State.COMPLETED),
        Transition(State.PHONE_ENTERED, Action.RESEND_OTP, "LIMBO", actors={Actor.USER}),
    ]


def test_an_arrow_that_the_applicant_cannot_follow_is_found() -> None:
    found = check_edges(Wrong, applicant_edges())
    assert [(each.id, "COMPLETED" in each.msg or "LIMBO" in each.msg) for each in found] == [
        ("onboarding.E001", True),
        ("onboarding.E001", True),
        ("onboarding.E002", True),
    ]


def test_a_wait_without_end_is_found() -> None:
    assert [each.id for each in check_limits(Wrong)] == ["onboarding.E003"]


def test_the_project_passes_its_own_checks() -> None:
    assert check_onboarding(None) == []


@pytest.mark.parametrize(
    ("settings", "check_id"),
    [
        ({"ONBOARDING_DEFAULT_VERSION": 3}, "onboarding.E004"),
        ({"ONBOARDING_EMAIL_LOGIC": 0}, "onboarding.E004"),
        ({"ONBOARDING_OTP_KEY": ""}, "onboarding.E005"),
        ({"ONBOARDING_PROVIDERS": {"sms": {"url": "ftp://x"}}}, "onboarding.E006"),
    ],
)
def test_settings_that_cannot_work_are_found(settings: dict[str, object], check_id: str) -> None:
    with override_settings(**settings):
        assert check_id in {each.id for each in check_onboarding(None)}


def test_the_status_cannot_be_set_by_hand() -> None:
    with pytest.raises(AttributeError):
        Applicant().status = State.COMPLETED


@pytest.mark.django_db
def test_an_applicant_moves_along_edges_only(applicant: Applicant) -> None:
    move_applicant(applicant, State.OTP_VERIFIED)
    with pytest.raises(TransitionNotAllowed, match="cannot go from OTP_VERIFIED to COMPLETED"):
        move_applicant(applicant, State.COMPLETED)
    kept = Applicant.objects.get(pk=applicant.pk)
    assert (kept.status, kept.version) == (State.OTP_VERIFIED, 2)


@pytest.mark.django_db
def test_a_row_that_somebody_else_wrote_is_not_overwritten(applicant: Applicant) -> None:
    other = Applicant.objects.get(pk=applicant.pk)
    move_applicant(other, State.OTP_VERIFIED)
    with pytest.raises(StaleRow):
        move_applicant(applicant, State.EXPIRED)
    assert Applicant.objects.get(pk=applicant.pk).status == State.OTP_VERIFIED


@pytest.mark.parametrize("machine", [OnboardingV1, OnboardingV2])
def test_the_limits_are_what_a_customer_can_keep(machine: type[Machine]) -> None:
    limits = {state: machine.limit(state).after for state in WAITING}  # type: ignore[union-attr]
    assert limits[State.PHONE_ENTERED] == timedelta(minutes=30)
    assert limits[State.EKYC_PENDING] == timedelta(hours=24)
    assert all(limit is not None and limit >= timedelta(minutes=30) for limit in limits.values())
