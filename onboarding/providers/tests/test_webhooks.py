"""A webhook is believed when its raw body was signed with our secret within five minutes, and never otherwise."""

import time

import pytest

from onboarding.providers import signatures
from onboarding.providers.errors import SignatureExpired, SignatureMismatch, SignatureMissing, WebhookUnreadable
from onboarding.providers.http import HttpEkycProvider
from onboarding.providers.ports import CheckStatus, Decision
from onboarding.providers.tests.conftest import CORRELATION_ID, REFERENCE, TIMEOUT_SECONDS, check_request
from simulator.testing import Delivery, SimulatorProcess, WebhookReceiver

BODY = b'{"eventId": "event_1", "checkId": "check_1", "reference": "onboarding-1", "decision": "APPROVED"}'
SECRET = "the secret"
NOW = 1_800_000_000.0


def signed(body: bytes = BODY, *, secret: str = SECRET, at: float = NOW) -> dict[str, str]:
    return {"X-Signature": f"t={int(at)},v1={signatures.sign(secret, int(at), body)}"}


@pytest.fixture
def provider() -> HttpEkycProvider:
    """An adapter that reads webhooks and calls nobody."""
    return HttpEkycProvider("http://127.0.0.1:9", secret=SECRET)


@pytest.fixture
def submit(ekyc: HttpEkycProvider, webhook_receiver: WebhookReceiver) -> str:
    """A check whose decision goes to the receiver: its id."""
    request = check_request(webhook_receiver.url)
    return ekyc.submit_check(request, key="s", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS).check_id


def test_the_decision_of_the_provider_is_read(
    ekyc: HttpEkycProvider, submit: str, webhook_receiver: WebhookReceiver
) -> None:
    (delivery,) = webhook_receiver.wait_for(1)
    told = ekyc.parse_webhook(delivery.headers, delivery.body, now=time.time())
    assert (told.check_id, told.reference, told.decision) == (submit, REFERENCE, Decision.APPROVED)
    assert delivery.headers["x-correlation-id"] == CORRELATION_ID
    check = ekyc.get_check(submit, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert check.status is CheckStatus.APPROVED


def test_a_duplicate_bears_the_same_event_id(
    simulator: SimulatorProcess, ekyc: HttpEkycProvider, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", ["duplicate_webhook"])
    request = check_request(webhook_receiver.url)
    ekyc.submit_check(request, key="s", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    told = [ekyc.parse_webhook(d.headers, d.body, now=time.time()) for d in webhook_receiver.wait_for(2)]
    assert told[0] == told[1]


def test_an_early_webhook_can_be_read_before_the_submission_answers(
    simulator: SimulatorProcess, ekyc: HttpEkycProvider, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", ["early_webhook"])
    request = check_request(webhook_receiver.url)
    check = ekyc.submit_check(request, key="s", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    (delivery,) = webhook_receiver.deliveries
    assert ekyc.parse_webhook(delivery.headers, delivery.body, now=time.time()).check_id == check.check_id


def test_a_recorded_webhook_played_again_later_is_refused(
    ekyc: HttpEkycProvider, submit: str, webhook_receiver: WebhookReceiver
) -> None:
    (delivery,) = webhook_receiver.wait_for(1)
    with pytest.raises(SignatureExpired):
        ekyc.parse_webhook(delivery.headers, delivery.body, now=time.time() + 302)


def test_a_recorded_signature_does_not_fit_a_changed_time(
    ekyc: HttpEkycProvider, submit: str, webhook_receiver: WebhookReceiver
) -> None:
    (delivery,) = webhook_receiver.wait_for(1)
    later = int(time.time()) + 302
    forged = Delivery({"x-signature": f"t={later},{delivery.headers['x-signature'].partition(',')[2]}"}, delivery.body)
    with pytest.raises(SignatureMismatch):
        ekyc.parse_webhook(forged.headers, forged.body, now=later)


@pytest.mark.parametrize("changed", [BODY.replace(b"APPROVED", b"REJECTED"), BODY + b" ", b""])
def test_a_changed_body_is_refused(provider: HttpEkycProvider, changed: bytes) -> None:
    with pytest.raises(SignatureMismatch):
        provider.parse_webhook(signed(), changed, now=NOW)


def test_another_secret_is_refused(provider: HttpEkycProvider) -> None:
    with pytest.raises(SignatureMismatch):
        provider.parse_webhook(signed(secret="guessed"), BODY, now=NOW)


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_five_minutes_either_way_are_allowed(provider: HttpEkycProvider, age: float) -> None:
    assert provider.parse_webhook(signed(at=NOW - age), BODY, now=NOW).event_id == "event_1"


@pytest.mark.parametrize("age", [-301, 301, NOW])
def test_more_than_five_minutes_are_not(provider: HttpEkycProvider, age: float) -> None:
    with pytest.raises(SignatureExpired):
        provider.parse_webhook(signed(at=NOW - age), BODY, now=NOW)


@pytest.mark.parametrize(
    "signature", ["", "t=", "v1=00", "t=1800000000", "t=soon,v1=00", "t=1,t=2,v1=00", "t=-1,v1=00", "t=٣,v1=00"]
)
def test_what_is_no_signature_is_refused(provider: HttpEkycProvider, signature: str) -> None:
    with pytest.raises(SignatureMissing):
        provider.parse_webhook({"X-Signature": signature}, BODY, now=NOW)


@pytest.mark.parametrize("signature", ["t=1800000000,v1=", "t=1800000000,v1=é", f"t={'9' * 900},v1=00"])
def test_a_strange_digest_is_refused_and_breaks_nothing(provider: HttpEkycProvider, signature: str) -> None:
    with pytest.raises(SignatureMismatch):
        provider.parse_webhook({"X-Signature": signature}, BODY, now=NOW)


def test_while_the_secret_changes_either_signature_will_do(provider: HttpEkycProvider) -> None:
    old, new = signatures.sign("old", int(NOW), BODY), signatures.sign(SECRET, int(NOW), BODY)
    provider.parse_webhook({"x-signature": f"t={int(NOW)},v1={old},v1={new}"}, BODY, now=NOW)


@pytest.mark.parametrize("body", [b"[]", b"no json", b'{"eventId": "e"}', BODY.replace(b"APPROVED", b"PERHAPS")])
def test_a_signed_body_that_says_nothing_is_unreadable(provider: HttpEkycProvider, body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        provider.parse_webhook(signed(body), body, now=NOW)


def test_an_event_id_beside_the_body_must_agree_with_it(provider: HttpEkycProvider) -> None:
    with pytest.raises(WebhookUnreadable):
        provider.parse_webhook({**signed(), "X-Event-Id": "event_2"}, BODY, now=NOW)
