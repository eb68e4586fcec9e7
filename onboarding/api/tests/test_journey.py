"""A client application takes its user through an onboarding by HTTP alone."""

from __future__ import annotations

import pytest

from onboarding.api.tests.conftest import Customer

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "engine"])


def test_a_start_is_created_and_says_where_to_look(customer: Customer) -> None:
    answer = customer.start()
    assert answer.status_code == 201
    assert answer.json() == {
        "instanceId": customer.instance_id,
        "currentState": "PHONE_ENTERED",
        "message": "A code is on its way to the phone.",
    }
    assert answer["Location"] == customer.at("status")


def test_the_correlation_id_of_the_start_reaches_the_instance_and_the_provider(customer: Customer) -> None:
    body = {"userId": "user42", "phoneNumber": customer.number}
    answer = customer.api.post("/api/onboarding/start", body, headers={"X-Correlation-ID": "trace-7"})
    customer.instance_id = answer.json()["instanceId"]
    customer.code()
    assert {event.correlation_id for event in customer.history()} == {"trace-7"}
    (call,) = customer.world.ledger(service="sms").calls_of("messages.send")
    assert call["correlationId"] == "trace-7"


def test_a_second_start_answers_with_the_onboarding_under_way(customer: Customer) -> None:
    customer.start()
    again = customer.api.post("/api/onboarding/start", {"userId": "user42"})
    assert (again.status_code, again.json()["instanceId"]) == (200, customer.instance_id)


def test_a_user_whom_the_directory_knows_needs_no_number(customer: Customer) -> None:
    answer = customer.api.post("/api/onboarding/start", {"userId": "user123"})
    assert answer.status_code == 201
    assert customer.world.wait_for(lambda world: world.sms("+14155550123"))


def test_a_user_whom_nobody_knows_needs_one(customer: Customer) -> None:
    answer = customer.api.post("/api/onboarding/start", {"userId": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (422, "phone-number-unknown")


@pytest.mark.usefixtures("lists")
def test_version_1_from_start_to_completed(customer: Customer) -> None:
    customer.start()
    assert customer.enter_code().json()["currentState"] == "OTP_VERIFIED"
    assert customer.enter_profile().json()["currentState"] == "PROFILE_COMPLETED"
    uploaded = customer.upload()
    assert (uploaded.status_code, uploaded.json()["currentState"]) == (201, "DOC_UPLOADED")
    assert uploaded.json()["document"]["contentType"] == "image/jpeg"
    submitted = customer.act()
    assert submitted.status_code in {200, 202}
    customer.wait_for("EKYC_PENDING")
    assert customer.tell(customer.decision()).status_code == 200
    done = customer.ended("COMPLETED")
    assert (done["status"], done["possibleActions"], done["failureCode"]) == ("COMPLETED", [], None)
    assert done["finishedAt"] is not None


def test_the_status_tells_what_is_possible_and_nothing_personal(customer: Customer) -> None:
    customer.reach("PROFILE_COMPLETED")
    answer = customer.status()
    assert answer.json()["possibleActions"] == ["UPLOAD_DOCUMENT"]
    text = answer.content.decode()
    assert not any(word in text for word in ("Ada", "Lindqvist", "1990", "example.com", customer.number))


def test_another_code_makes_the_first_one_void(customer: Customer) -> None:
    customer.start()
    first = customer.code()
    assert customer.api.post(customer.at("resend-otp")).json()["currentState"] == "PHONE_ENTERED"
    customer.world.wait_for(lambda world: len(world.sms(customer.number)) == 2)
    assert customer.act(data={"otp": first}).json()["code"] in {"otp-wrong", "otp-superseded"}
    assert customer.enter_code().status_code == 200


def test_codes_are_sent_a_few_times_only(customer: Customer) -> None:
    customer.start()
    customer.code()
    answers = [customer.api.post(customer.at("resend-otp")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
    assert answers[-1].json()["code"] == "otp-resends-exhausted"


def test_a_wrong_code_is_refused_with_the_tries_that_are_left(customer: Customer) -> None:
    customer.start()
    wrong = f"{(int(customer.code()) + 1) % 10**6:06}"
    answer = customer.act(data={"otp": wrong})
    assert (answer.status_code, answer.json()["code"], answer.json()["triesLeft"]) == (422, "otp-wrong", 4)
    assert customer.status().json()["currentState"] == "PHONE_ENTERED"


def test_a_profile_that_is_not_acceptable_says_which_fields(customer: Customer) -> None:
    customer.reach("OTP_VERIFIED")
    answer = customer.enter_profile(dateOfBirth="2020-01-01", email="nonsense")
    assert (answer.status_code, answer.json()["code"]) == (422, "profile-invalid")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"#/data/dateOfBirth", "#/data/email"}
    assert "nonsense" not in answer.content.decode()
