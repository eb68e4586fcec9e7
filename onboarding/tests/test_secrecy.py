"""What the engine keeps of an onboarding holds neither the code nor the person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from onboarding.states import Action, State
from onboarding.tests.world import Application
from workflow import ActionRefused

pytestmark = pytest.mark.django_db(transaction=True)
World = Callable[..., Application]
TABLES = (
    "workflow_instance",
    "workflow_event",
    "step_execution",
    "state_snapshot",
    "workflow_inbox",
    "workflow_idempotency",
    "workflow_outbox",
    "workflow_incident",
)


def everything(*tables: str) -> str:
    """All rows of these tables, as text."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT to_jsonb(t)::text FROM {table} AS t" for table in tables))
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_code_is_kept_nowhere_and_a_wrong_one_neither(world: World) -> None:
    somebody = world()
    somebody.start()
    code = somebody.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(ActionRefused, match="not the code"):
        somebody.act(Action.NEXT, {"otp": wrong}, idempotency_key="k1", scope="t", wait=10)
    somebody.act(Action.NEXT, {"otp": code}, idempotency_key="k2", scope="t", wait=10)
    somebody.reach(State.OTP_VERIFIED)
    kept = everything(*TABLES, "onboarding_applicant", "onboarding_otp_challenge")
    digits = "".join(character if character.isdigit() else " " for character in kept).split()
    assert not {code, wrong} & set(digits)
    assert f'"otp": "{code}"' not in kept


def test_five_tries_are_counted_for_good(world: World) -> None:
    somebody = world()
    somebody.start()
    code = somebody.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    told = []
    for given in (wrong, wrong, wrong, wrong, wrong, code):
        with pytest.raises(ActionRefused) as refused:
            somebody.act(Action.NEXT, {"otp": given}, wait=10)
        told.append((refused.value.code, refused.value.data["tries_left"]))
    assert told == [("otp-wrong", left) for left in (4, 3, 2, 1, 0)] + [("otp-exhausted", 0)]
    somebody.act(Action.RESEND_OTP, wait=10)
    somebody.act(Action.NEXT, {"otp": somebody.code(number=2)}, wait=10)
    assert somebody.reach(State.OTP_VERIFIED)


def test_resending_is_limited(world: World) -> None:
    somebody = world()
    somebody.start()
    somebody.code()
    for _ in range(3):
        somebody.act(Action.RESEND_OTP, wait=10)
    with pytest.raises(ActionRefused) as refused:
        somebody.act(Action.RESEND_OTP, wait=10)
    assert refused.value.code == "otp-resends-exhausted"
    assert len(somebody.simulator.sms(somebody.person.phone_number)) == 4


def test_the_person_is_kept_in_onboardings_rows_alone(world: World) -> None:
    somebody = world(first_name="Zebedäus", last_name="Quackenbusch", email="zebedaeus.q@example.org")
    somebody.apply(version=2)
    somebody.hear()
    somebody.end()
    kept = everything(*TABLES)
    person = somebody.person
    for value in (person.first_name, person.last_name, person.email, person.date_of_birth, person.phone_number):
        assert value not in kept
    account = somebody.applicant.account
    assert account.number not in kept
    assert person.last_name in everything("onboarding_profile")
