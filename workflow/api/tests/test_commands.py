"""Staff commands over HTTP: one verb each, with who and why in the history, once under an Idempotency-Key."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from workflow import client as engine
from workflow.engine.host import Host
from workflow.models import Incident, Instance, WorkflowEvent

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "engine"]),
    pytest.mark.usefixtures("parcels"),
]
PARCELS = "/api/admin/workflows/parcel"
REASON = {"reason": "The customer asked for it."}
PATIENCE_SECONDS = 15.0


@pytest.fixture
def operator(client_with: Callable[..., APIClient]) -> APIClient:
    return client_with("operator", name="desk")


@pytest.fixture
def sent(host: Host) -> str:
    """A parcel on its way."""
    started = engine.start("parcel", {"number": "7"})
    engine.act(instance_id=started.instance_id, action="SEND", actor=engine.Actor.USER, data={"courier": "Bo"})
    wait_until(lambda: engine.describe(started.instance_id).waiting_for)
    return started.instance_id


def wait_until(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def events(instance_id: str, event_type: str) -> list[WorkflowEvent]:
    return list(WorkflowEvent.objects.filter(instance_id=instance_id, event_type=event_type))


def test_an_instance_is_paused_and_resumed_by_a_named_person(staff_with: Callable[..., APIClient], sent: str) -> None:
    jane = staff_with("workflow.view_instance", "workflow.change_instance", name="jane")
    paused = jane.post(f"{PARCELS}/{sent}/pause", REASON)
    assert (paused.status_code, paused.json()["status"]) == (202, "PAUSED")
    assert paused["Location"] == f"{PARCELS}/{sent}"
    (fact,) = events(sent, "PAUSED")
    assert (fact.actor, fact.actor_id, fact.payload["reason"]) == ("STAFF", "jane", REASON["reason"])
    assert jane.post(f"{PARCELS}/{sent}/resume", REASON).json()["status"] == "ACTIVE"


def test_a_cancelled_instance_is_rolled_back(operator: APIClient, sent: str) -> None:
    assert operator.post(f"{PARCELS}/{sent}/cancel", REASON).status_code == 202
    wait_until(lambda: engine.describe(sent).status == "COMPENSATED")
    (fact,) = events(sent, "STAFF_ACTION")
    assert fact.actor_id == "client:desk"


def test_a_command_under_one_key_is_given_once(operator: APIClient, sent: str) -> None:
    first, second = (
        operator.post(f"{PARCELS}/{sent}/pause", REASON, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(events(sent, "PAUSED")) == 1
    other = operator.post(f"{PARCELS}/{sent}/resume", REASON, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_a_command_that_failed_leaves_its_key_unused(operator: APIClient, sent: str) -> None:
    early = operator.post(f"{PARCELS}/{sent}/resume", REASON, headers={"Idempotency-Key": "k"})
    assert (early.status_code, early.json()["code"]) == (409, "not-possible-now")
    operator.post(f"{PARCELS}/{sent}/pause", REASON)
    assert operator.post(f"{PARCELS}/{sent}/resume", REASON, headers={"Idempotency-Key": "k"}).status_code == 202


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 1_001}, {"reason": "r", "actorId": "x"}]
)
def test_a_command_without_a_reason_is_refused(operator: APIClient, sent: str, body: dict[str, object]) -> None:
    answer = operator.post(f"{PARCELS}/{sent}/cancel", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")
    assert engine.describe(sent).status == "ACTIVE"


def test_an_ended_instance_is_started_anew(operator: APIClient, sent: str) -> None:
    assert operator.post(f"{PARCELS}/{sent}/restart", REASON).json()["code"] == "not-possible-now"
    operator.post(f"{PARCELS}/{sent}/cancel", REASON)
    wait_until(lambda: engine.describe(sent).finished_at)
    answer = operator.post(f"{PARCELS}/{sent}/restart", REASON)
    assert answer.status_code == 201
    fresh = operator.get(answer["Location"]).json()
    assert (fresh["retriedFromId"], fresh["businessKey"]) == (sent, "parcel:7")


def test_a_command_for_an_ended_instance_is_a_conflict(operator: APIClient, sent: str) -> None:
    operator.post(f"{PARCELS}/{sent}/terminate", REASON)
    operator.post(f"{PARCELS}/{sent}/resolve-compensation", REASON)
    answer = operator.post(f"{PARCELS}/{sent}/pause", REASON)
    assert (answer.status_code, answer.json()["code"]) == (409, "already-finished")


def test_a_terminated_instance_with_undos_left_is_resolved_by_hand(operator: APIClient, sent: str) -> None:
    assert operator.post(f"{PARCELS}/{sent}/terminate", REASON).json()["status"] == "COMPENSATION_FAILED"
    assert operator.post(f"{PARCELS}/{sent}/resolve-compensation", REASON).json()["status"] == "COMPENSATED"


def test_an_incident_is_seen_acknowledged_and_resolved(operator: APIClient, host: Host) -> None:
    engine.start("broken", {"number": "9"})
    found = wait_until(Incident.objects.first)
    (shown,) = operator.get("/api/admin/workflows/broken/incidents?status=OPEN").json()["items"]
    assert (shown["id"], shown["kind"]) == (found.pk, "WORKFLOW_BUG")
    assert operator.post(f"/api/admin/incidents/{found.pk}/acknowledge").json()["acknowledgedBy"] == "client:desk"
    assert operator.post(f"/api/admin/incidents/{found.pk}/acknowledge").json()["code"] == "not-possible-now"
    blocked = operator.post(f"/api/admin/incidents/{found.pk}/resolve", {"resolution": "fixed"})
    assert (blocked.status_code, blocked.json()["code"]) == (409, "not-possible-now")


def test_an_incident_that_blocks_nothing_is_resolved_with_a_word(operator: APIClient) -> None:
    number = engine.open_incident(kind="AUDIT", message="A difference.", subject="ledger:7")
    answer = operator.post(f"/api/admin/incidents/{number}/resolve", {"resolution": "Booked by hand."})
    assert (answer.json()["status"], answer.json()["resolution"]) == ("RESOLVED", "Booked by hand.")


@pytest.mark.parametrize("number", [0, 10**30])
def test_an_incident_that_is_not_there_is_not_found(operator: APIClient, number: int) -> None:
    answer = operator.post(f"/api/admin/incidents/{number}/acknowledge")
    assert (answer.status_code, answer.json()["code"]) == (404, "incident-not-found")


@pytest.mark.parametrize("verb", ["retry-step", "complete-step", "skip-step"])
def test_a_step_is_decided_only_where_it_stands_in_an_incident(operator: APIClient, sent: str, verb: str) -> None:
    body = {**REASON, "stepKey": "post_parcel#1", **({"output": "x"} if verb == "complete-step" else {})}
    answer = operator.post(f"{PARCELS}/{sent}/{verb}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-possible-now")


def test_staff_who_may_only_look_may_not_act(staff_with: Callable[..., APIClient], sent: str) -> None:
    answer = staff_with("workflow.view_instance", name="intern").post(f"{PARCELS}/{sent}/cancel", REASON)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")
    assert engine.describe(sent).status == "ACTIVE"


def test_a_history_is_replayed_as_often_as_anybody_asks(operator: APIClient, sent: str) -> None:
    first, second = (operator.post(f"/api/admin/replay/{sent}") for _ in range(2))
    assert first.json() == second.json()
    assert (first.status_code, first.json()["verdict"], first.json()["differences"]) == (200, "CLEAN", [])


def test_a_row_that_is_not_what_its_history_says_is_found_and_its_values_stay_hidden(
    operator: APIClient, client_with: Callable[..., APIClient], sent: str
) -> None:
    Instance.objects.filter(pk=sent).update(input={"number": "7", "recipient": "Somebody Else"})
    shown = operator.post(f"/api/admin/replay/{sent}")
    assert shown.json()["verdict"] == "ROW_DIFFERS"
    assert shown.json()["differences"] == [{"what": "input", "stored": None, "folded": None}]
    reader = client_with("operator", "operator-values", name="reader")
    (difference,) = reader.post(f"/api/admin/replay/{sent}").json()["differences"]
    assert difference["stored"]["recipient"] == "Somebody Else"


def test_the_replay_of_nothing_is_not_found(operator: APIClient) -> None:
    assert operator.post("/api/admin/replay/nonsense").json()["code"] == "instance-not-found"
