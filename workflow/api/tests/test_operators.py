"""Operators read every instance by pages, cursors and filters; values only with the right to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import uuid_utils
from django.utils import timezone
from rest_framework.test import APIClient

from workflow import client as engine
from workflow.engine.host import Host
from workflow.models import Instance
from workflow.queries import paging

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "engine"]),
    pytest.mark.usefixtures("parcels"),
]
PARCELS = "/api/admin/workflows/parcel"


@pytest.fixture
def operator(client_with: Callable[..., APIClient]) -> APIClient:
    return client_with("operator", name="watcher")


@pytest.fixture
def sent(host: Host) -> str:
    """A parcel on its way."""
    started = engine.start("parcel", {"number": "7"}, correlation_id="trace-7")
    result = engine.act(instance_id=started.instance_id, action="SEND", actor=engine.Actor.USER, data={"courier": "Bo"})
    assert result.state == "SENT"
    return started.instance_id


def rows(count: int, **facts: Any) -> list[str]:
    """Instances as rows alone, oldest first."""
    now = timezone.now()
    common = {
        "workflow": "parcel",
        "version": 1,
        "correlation_id": "c",
        "created_at": now,
        "updated_at": now,
        "wake_at": now,
    }
    made = [Instance(id=uuid.UUID(str(uuid_utils.uuid7())), **{**common, **facts}) for _ in range(count)]
    Instance.objects.bulk_create(made)
    return [str(row.id) for row in made]


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


def test_a_list_is_read_by_pages_from_0_newest_first(operator: APIClient) -> None:
    made = rows(5)[::-1]
    first, last = operator.get(f"{PARCELS}?size=2"), operator.get(f"{PARCELS}?page=2&size=2")
    assert (ids(first), ids(last)) == (made[:2], made[4:])
    assert first.json()["total"] == 5
    assert (first.json()["totalIsCapped"], last.json()["nextCursor"]) == (False, None)


def test_a_list_is_read_by_cursors_to_its_end(operator: APIClient) -> None:
    made = rows(5)[::-1]
    answer = operator.get(f"{PARCELS}?size=2")
    found = ids(answer)
    while (cursor := answer.json()["nextCursor"]) is not None:
        answer = operator.get(f"{PARCELS}?size=2&cursor={cursor}")
        found += ids(answer)
    assert found == made


def test_a_list_is_narrowed(operator: APIClient) -> None:
    rows(2, state="PACKED")
    ended = rows(1, state="ARRIVED", status="COMPLETED", finished_at=timezone.now(), wake_at=None)
    keyed = rows(1, business_key="parcel:1", state="SENT")
    assert ids(operator.get(f"{PARCELS}?status=COMPLETED")) == ended
    assert ids(operator.get(f"{PARCELS}?live=false")) == ended
    assert len(ids(operator.get(f"{PARCELS}?status=ACTIVE"))) == 3
    assert ids(operator.get(f"{PARCELS}?businessKey=parcel:1")) == keyed
    assert ids(operator.get(f"{PARCELS}?state=SENT&version=1&correlationId=c&live=true")) == keyed
    assert ids(operator.get(f"{PARCELS}?version=2")) == []


def test_a_count_ends_where_it_would_cost_too_much(operator: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ROWS_COUNTED_MAX", 3)
    rows(5)
    body = operator.get(f"{PARCELS}?size=1").json()
    assert (body["total"], body["totalIsCapped"]) == (3, True)
    deep = operator.get(f"{PARCELS}?size=1&page=3")
    assert (deep.status_code, deep.json()["code"]) == (400, "page-too-deep")


@pytest.mark.parametrize(
    "query",
    [
        "status=NOPE",
        "page=-1",
        "page=x",
        "page=99999999999999",
        "size=0",
        "size=201",
        "version=0",
        "nope=1",
        "state=%00",
    ],
)
def test_a_question_that_is_not_valid_is_refused(operator: APIClient, query: str) -> None:
    answer = operator.get(f"{PARCELS}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")


@pytest.mark.parametrize("path", [PARCELS, f"{PARCELS}/incidents"])
@pytest.mark.parametrize("cursor", ["x", "a" * 64, "%00", "-1.5"])
def test_a_cursor_of_ones_own_making_is_refused(operator: APIClient, path: str, cursor: str) -> None:
    answer = operator.get(f"{path}?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) in {(400, "malformed-cursor"), (400, "invalid-input")}


def test_one_instance_is_shown_without_its_values(operator: APIClient, sent: str) -> None:
    answer = operator.get(f"{PARCELS}/{sent}")
    body = answer.json()
    assert (body["state"], body["status"], body["correlationId"]) == ("SENT", "ACTIVE", "trace-7")
    assert (body["input"], body["changes"]) == (None, {"tracking": 2})
    assert "Ada" not in answer.content.decode()


def test_values_are_shown_to_a_key_with_the_right(client_with: Callable[..., APIClient], sent: str) -> None:
    reader = client_with("operator", "operator-values", name="reader")
    assert reader.get(f"{PARCELS}/{sent}").json()["input"]["recipient"] == "Ada Lindqvist"
    assert "Bo" in reader.get(f"{PARCELS}/{sent}/timeline").content.decode()


def test_values_are_shown_to_staff_with_the_right(staff_with: Callable[..., APIClient], sent: str) -> None:
    plain = staff_with("workflow.view_instance", name="jane").get(f"{PARCELS}/{sent}").json()
    entitled = staff_with("workflow.view_instance", "workflow.view_workflowevent", name="joan")
    assert plain["input"] is None
    assert entitled.get(f"{PARCELS}/{sent}").json()["input"]["number"] == "7"


def test_a_timeline_tells_what_happened_in_sentences_without_values(operator: APIClient, sent: str) -> None:
    answer = operator.get(f"{PARCELS}/{sent}/timeline")
    sentences = [entry["sentence"] for entry in answer.json()["entries"]]
    assert "Entered PACKED." in sentences
    assert "Received SEND." in sentences
    assert "post_parcel#1 completed." in sentences
    assert [attempt["status"] for attempt in answer.json()["attempts"]] == ["COMPLETED"]
    assert not any(word in answer.content.decode() for word in ("Ada", "Bo", "tracked"))


def test_a_timeline_is_read_on_from_a_sequence_number(operator: APIClient, sent: str) -> None:
    whole = operator.get(f"{PARCELS}/{sent}/timeline").json()
    first = operator.get(f"{PARCELS}/{sent}/timeline?size=3").json()
    rest = operator.get(f"{PARCELS}/{sent}/timeline?after={first['nextAfter']}").json()
    assert first["entries"] + rest["entries"] == whole["entries"]
    assert rest["nextAfter"] is None


@pytest.mark.parametrize("place", ["", "/timeline"])
@pytest.mark.parametrize("instance_id", ["nonsense", "0198c0de-0000-7000-8000-000000000000", "%00"])
def test_an_instance_that_is_not_there_is_not_found(operator: APIClient, place: str, instance_id: str) -> None:
    answer = operator.get(f"{PARCELS}/{instance_id}{place}")
    assert (answer.status_code, answer.json()["code"]) == (404, "instance-not-found")


def test_an_instance_is_not_found_under_another_workflow(operator: APIClient, sent: str) -> None:
    assert operator.get(f"/api/admin/workflows/broken/{sent}").json()["code"] == "instance-not-found"


def test_a_workflow_that_is_not_there_is_not_found(operator: APIClient) -> None:
    for place in ("", "/incidents", "/dashboard", "/definition/v1"):
        answer = operator.get(f"/api/admin/workflows/nothing{place}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-workflow")


def test_the_workflows_and_their_definitions_are_described(operator: APIClient) -> None:
    assert {"workflow": "parcel", "versions": [1], "kind": "machine"} in operator.get("/api/admin/workflows").json()
    body = operator.get(f"{PARCELS}/definition/v1").json()
    assert (body["isRegistered"], body["graph"]["initial"]) == (True, "PACKED")
    arrows = {(arrow["fromState"], arrow["action"], arrow["toState"]) for arrow in body["graph"]["transitions"]}
    assert arrows == {("PACKED", "SEND", "SENT"), ("SENT", "ARRIVE", "ARRIVED"), ("SENT", None, "LOST")}
    assert operator.get(f"{PARCELS}/definition/v9").json()["code"] == "unknown-workflow"


def test_a_dashboard_counts_what_lives_and_what_ended(operator: APIClient, sent: str) -> None:
    gone = engine.start("parcel", {"number": "8"}).instance_id
    engine.terminate(instance_id=gone, actor_id="jane", reason="test")
    body = operator.get(f"{PARCELS}/dashboard").json()
    assert body["live"] == [{"status": "ACTIVE", "state": "SENT", "version": 1, "count": 1}]
    assert body["endings"] == [{"outcome": "CANCELLED", "count": 1}]
    assert [worker["isAlive"] for worker in body["workers"]] == [True]


@pytest.mark.parametrize("place", ["", "/dashboard", "/incidents", "/definition/v1"])
def test_nobody_else_reads_what_operators_read(
    client_with: Callable[..., APIClient], staff_with: Callable[..., APIClient], place: str
) -> None:
    for stranger in (client_with("onboarding", name="acme"), staff_with(name="intern")):
        assert stranger.get(f"{PARCELS}{place}").status_code == 403
    assert APIClient().get(f"{PARCELS}{place}").status_code == 401
