"""A decision is told by webhook until somebody hears it, or as the script would have it."""

import json

from simulator.testing import SimulatorProcess, WebhookReceiver
from simulator.tests.conftest import Call


def check(url: str, last_name: str = "Lovelace", reference: str = "ref-1") -> dict[str, str]:
    return {
        "reference": reference,
        "firstName": "Ada",
        "lastName": last_name,
        "dateOfBirth": "1990-12-10",
        "documentReference": "doc-1",
        "callbackUrl": url,
    }


def test_a_check_is_taken_at_once_and_decided_by_webhook(call: Call, webhook_receiver: WebhookReceiver) -> None:
    status, taken = call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))
    assert (status, taken["status"]) == (202, "PENDING")
    (delivery,) = webhook_receiver.wait_for(1)
    told = json.loads(delivery.body)
    assert told["eventId"] == delivery.headers["x-event-id"]
    assert (told["checkId"], told["reference"], told["decision"]) == (taken["checkId"], "ref-1", "APPROVED")
    assert call("GET", f"/ekyc/checks/{taken['checkId']}")[1]["status"] == "APPROVED"


def test_the_last_name_rejected_is_rejected(call: Call, webhook_receiver: WebhookReceiver) -> None:
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url, "Rejected"))
    (delivery,) = webhook_receiver.wait_for(1)
    told = json.loads(delivery.body)
    assert (told["decision"], told["reason"]) == ("REJECTED", "DOCUMENT_DOES_NOT_MATCH")


def test_the_last_name_twice_is_told_twice(call: Call, webhook_receiver: WebhookReceiver) -> None:
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url, "Twice"))
    first, second = webhook_receiver.wait_for(2)
    assert first.body == second.body


def test_the_last_name_silent_is_never_decided(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    taken = call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url, "Silent"))[1]
    assert simulator.webhooks() == []
    assert call("GET", f"/ekyc/checks/{taken['checkId']}")[1]["status"] == "PENDING"


def test_a_webhook_is_repeated_until_it_is_heard(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer_next(500, 404)
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))
    deliveries = webhook_receiver.wait_for(3)
    assert len({delivery.headers["x-event-id"] for delivery in deliveries}) == 1
    (webhook,) = simulator.wait_for(lambda world: [w for w in world.webhooks() if w["status"] == "DELIVERED"])
    assert webhook["attempts"] == 3


def test_a_webhook_survives_a_crash(simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver) -> None:
    simulator.faults("ekyc", "checks.submit", [{"do": "late_webhook", "seconds": 1.5}])
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))
    simulator.kill()
    assert webhook_receiver.deliveries == []
    simulator.start_again()
    webhook_receiver.wait_for(1)


def test_a_duplicate_webhook_tells_one_event_twice(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", ["duplicate_webhook"])
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))
    first, second = webhook_receiver.wait_for(2)
    assert first.body == second.body
    simulator.wait_for(lambda world: world.webhooks()[0]["status"] == "DELIVERED")


def test_a_lost_webhook_is_decided_but_not_told_until_asked(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", ["lost_webhook"])
    taken = call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))[1]
    path = f"/ekyc/checks/{taken['checkId']}"
    simulator.wait_for(lambda _: call("GET", path)[1]["status"] == "APPROVED")
    (webhook,) = simulator.webhooks("ref-1")
    assert webhook["status"] == "LOST"
    assert webhook_receiver.deliveries == []
    simulator.redeliver(webhook["eventId"])
    webhook_receiver.wait_for(1)


def test_an_early_webhook_comes_before_the_answer(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", ["early_webhook"])
    call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))
    assert len(webhook_receiver.deliveries) == 1


def test_a_cancelled_check_is_not_told_about(
    simulator: SimulatorProcess, call: Call, webhook_receiver: WebhookReceiver
) -> None:
    simulator.faults("ekyc", "checks.submit", [{"do": "late_webhook", "seconds": 60}])
    taken = call("POST", "/ekyc/checks", key="k1", body=check(webhook_receiver.url))[1]
    cancelled = call("DELETE", f"/ekyc/checks/{taken['checkId']}", key="k2")[1]
    assert cancelled["status"] == "CANCELLED"
    assert simulator.webhooks()[0]["status"] == "CANCELLED"
    assert simulator.ledger(reference="ref-1").net == {}
