"""What the screens say: how instances stand, the story of one, causes of incidents, life of workers, what to do."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import uuid_utils
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from workflow import client as engine
from workflow.admin import Link, change_list, register_links
from workflow.admin.tests.conftest import SignIn
from workflow.engine.clock import clock
from workflow.models import Incident, Instance, Worker

pytestmark = pytest.mark.django_db
LIST = "/admin/workflow/instance/"


def rows(count: int, **facts: Any) -> list[Instance]:
    """Instances as rows alone, oldest first."""
    now = timezone.now()
    common = {"workflow": "order", "version": 1, "correlation_id": "c"}
    times = {"wake_at": now, "created_at": now, "updated_at": now}
    made = [Instance(id=uuid.UUID(str(uuid_utils.uuid7())), **{**common, **times, **facts}) for _ in range(count)]
    return Instance.objects.bulk_create(made)


def words(browser: Client, address: str) -> str:
    answer = browser.get(address, follow=True)
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).replace("&#x27;", "'").split())


def listed(browser: Client, query: str = "") -> list[str]:
    page = browser.get(f"{LIST}{query}").content.decode()
    return re.findall(r'class="wf-instance" href="([0-9a-f-]{36})/change/"', page)


# -- lists ------------------------------------------------------------------------------------------------------------


def test_the_list_says_how_each_instance_stands(lead: Client, loan: str, blocked: str, half_undone: str) -> None:
    paused = rows(1, status="PAUSED", paused_at=timezone.now(), wake_at=None)[0]
    sleeping = rows(1, wake_at=clock.now() + timedelta(hours=1))[0]
    rows(1, wake_at=clock.now() - timedelta(hours=1))
    rows(1, worker_id=uuid.uuid4(), wake_at=None)
    page = words(lead, LIST)
    for found in (
        "Waiting for GRANT or REFUSE until",
        "In an incident at charge#1: step exhausted",
        "compensation failed",
        "Paused by staff",
        "Sleeping until",
        "Due: waits for a worker",
        "Running",
    ):
        assert found in page
    assert {str(paused.pk), str(sleeping.pk)} <= set(listed(lead))


def test_a_list_is_narrowed_by_choices(lead: Client, loan: str, blocked: str) -> None:
    assert listed(lead, "?workflow=loan") == [loan]
    assert listed(lead, "?state=ASKED") == [loan]
    assert listed(lead, "?live=incident") == [blocked]
    assert set(listed(lead, "?status=ACTIVE&version=1&live=true")) == {loan, blocked}
    assert listed(lead, "?status=COMPLETED") == []


@pytest.mark.parametrize("query", ["?version=many", "?before=nothing", "?colour=red", "?e=1"])
def test_a_malformed_address_leads_back_to_a_list(lead: Client, loan: str, query: str) -> None:
    assert lead.get(f"{LIST}{query}", follow=True).status_code == 200


def test_an_instance_is_found_by_its_exact_names(lead: Client, loan: str, blocked: str) -> None:
    row = Instance.objects.get(pk=loan)
    for term in (loan, row.business_key, row.correlation_id):
        assert listed(lead, f"?q={term}") == [loan]
    assert listed(lead, "?q=loan") == []


def test_pages_go_on_from_a_row_and_counts_have_a_limit(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_list, "ROWS_COUNTED_MAX", 60)
    newest_first = [str(row.pk) for row in reversed(rows(70))]
    first = lead.get(LIST).content.decode()
    assert "more than" in first
    assert listed(lead) == newest_first[:50]
    older = re.search(r'href="(\?before=[^"]+)" rel="next"', first)
    assert older is not None
    assert listed(lead, older[1]) == newest_first[50:]
    assert "Newest" in lead.get(f"{LIST}{older[1]}").content.decode()


def test_filters_stay_on_older_pages(lead: Client) -> None:
    rows(60)
    rows(60, version=2)
    older = re.search(r'href="(\?[^"]+)" rel="next"', lead.get(f"{LIST}?version=2").content.decode())
    assert older is not None
    assert len(listed(lead, older[1].replace("&amp;", "&"))) == 10


def test_a_list_without_rows_says_what_to_do(lead: Client) -> None:
    assert "Clear the filters, or start one" in words(lead, LIST)


@pytest.mark.parametrize("model", ["stepexecution", "workflowevent", "inboxmessage"])
def test_rows_of_an_instance_are_found_by_its_id(lead: Client, loan: str, half_undone: str, model: str) -> None:
    engine.act(instance_id=loan, action="GRANT", actor=engine.Actor.STAFF, data={"reason": "Yes."}, actor_id="lead")
    address = f"/admin/workflow/{model}/"
    owner = loan if model == "inboxmessage" else half_undone
    assert f"/instance/{owner}/change/" in lead.get(f"{address}?q={owner}").content.decode()
    assert 'id="result_list"' not in lead.get(f"{address}?q={uuid.uuid4()}").content.decode()
    assert lead.get(f"{address}?q=nonsense").status_code == 200


# -- one instance -----------------------------------------------------------------------------------------------------


def test_the_story_of_a_rollback_that_failed(lead: Client, half_undone: str) -> None:
    page = words(lead, f"{LIST}{half_undone}/change/")
    told = [
        "The instance was started.",
        "reserve#1 began, attempt 1.",
        "reserve#1 completed.",
        "failed charge#1 ended FAILED: ConnectionError. the bank answered 502 for 13.",
        "incident An incident was opened: STEP_EXHAUSTED.",
        "staff Staff asked for CANCEL: Not wanted any more.",
        "compensation The rollback began (CANCELLED).",
        "incident An incident was opened: COMPENSATION_FAILED.",
    ]
    places = [page.find(sentence) for sentence in told]
    assert -1 not in places, told[places.index(-1)]
    assert places == sorted(places)
    assert "staff lead" in page


def test_a_machine_shows_its_graph_with_the_current_state(lead: Client, loan: str) -> None:
    page = lead.get(f"{LIST}{loan}/change/").content.decode()
    graph = page[page.index('<svg class="wf-graph"') : page.index("</svg>", page.index('<svg class="wf-graph"'))]
    assert re.search(r'class="wf-node wf-node-current"><rect[^>]+/>\s*<text[^>]+>ASKED<', graph)
    assert re.search(r"wf-node-rejecting[^>]*><rect[^>]+/>\s*<text[^>]+>REFUSED<", graph)
    assert "after 3 d" in graph


def test_a_long_history_comes_in_parts(lead: Client, loan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow.admin.instance_page.LINES_PER_PAGE", 2)
    page = lead.get(f"{LIST}{loan}/change/").content.decode()
    assert "?after=2#timeline" in page
    assert 'id="event-3"' in lead.get(f"{LIST}{loan}/change/?after=2").content.decode()
    assert lead.get(f"{LIST}{loan}/change/?after=nonsense").status_code == 200


def test_an_unknown_instance_is_not_found(lead: Client) -> None:
    for name in (str(uuid.uuid4()), "nonsense", "1"):
        assert lead.get(f"{LIST}{name}/change/").status_code == 404


def test_applications_add_links_to_their_objects(lead: Client, loan: str, blocked: str) -> None:
    register_links("loan", lambda found, user: {row.pk: [Link("Ada", "/admin/borrower/1/")] for row in found})
    for address in (LIST, f"{LIST}{loan}/change/"):
        assert '<a href="/admin/borrower/1/">Ada</a>' in lead.get(address).content.decode()
    assert "/admin/borrower/" not in lead.get(f"{LIST}{blocked}/change/").content.decode()


def test_parents_children_and_restarts_link_to_each_other(lead: Client, loan: str) -> None:
    engine.terminate(instance_id=loan, actor_id="lead", reason="Again.")
    again = engine.restart(instance_id=loan, actor_id="lead", reason="Again.").instance_id
    assert f"/instance/{loan}/change/" in lead.get(f"{LIST}{again}/change/").content.decode()
    (child,) = rows(1, parent_id=loan)
    assert f"/instance/{child.pk}/change/" in lead.get(f"{LIST}{loan}/change/").content.decode()
    assert f"/instance/{loan}/change/" in lead.get(f"{LIST}{child.pk}/change/").content.decode()


# -- incidents, workers, definitions, dashboard -----------------------------------------------------------------------


def test_incidents_that_are_settled_stand_aside(lead: Client, blocked: str) -> None:
    settled = engine.open_incident(kind="AUDIT", message="Two cents are missing.", subject="ledger:1")
    engine.resolve_incident(incident_id=settled, actor_id="lead", resolution="Found them.")
    assert "Two cents" not in words(lead, "/admin/workflow/incident/")
    assert "Two cents" in words(lead, "/admin/workflow/incident/?status=ALL")
    assert "charge#1" in words(lead, "/admin/workflow/incident/?workflow=order")
    assert "charge#1" not in words(lead, "/admin/workflow/incident/?workflow=loan")


def test_an_incident_says_its_cause_in_plain_words_and_what_to_do(lead: Client, blocked: str) -> None:
    incident = Incident.objects.get(instance_id=blocked)
    page = words(lead, f"/admin/workflow/incident/{incident.pk}/change/")
    for found in ("failed in every attempt", "the bank answered 502", "Retry step", "Traceback (most recent call"):
        assert found in page


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({}, "Alive"),
        ({"draining": True}, "Draining"),
        ({"heartbeat_at": timezone.now() - timedelta(hours=1)}, "Dead"),
        ({"stopped_at": timezone.now()}, "Stopped"),
    ],
)
def test_a_worker_is_alive_draining_dead_or_stopped(lead: Client, facts: dict[str, Any], word: str) -> None:
    Worker.objects.all().delete()
    now = timezone.now()
    known = {"kind": "worker", "host": "here", "pid": 7, "slots": 8, "started_at": now, "heartbeat_at": now}
    Worker.objects.create(id=uuid.uuid4(), **{**known, **facts})
    assert word in words(lead, "/admin/workflow/worker/")


def test_definitions_say_how_many_run_on_each_version(lead: Client, loan: str) -> None:
    assert "loan v1 machine 1 here" in words(lead, "/admin/workflow/deployeddefinition/")
    page = words(lead, "/admin/workflow/deployeddefinition/loan/v1/")
    assert "GRANT (staff)GRANTED" in page
    assert "A durable function" in words(lead, "/admin/workflow/deployeddefinition/order/v1/")
    assert lead.get("/admin/workflow/deployeddefinition/loan/v9/").status_code == 404


def test_the_dashboard_counts_and_links(lead: Client, loan: str, blocked: str) -> None:
    page = lead.get("/admin/").content.decode()
    assert '<a href="/admin/workflow/instance/?workflow=loan&amp;status=ACTIVE">1</a>' in page
    assert "Incidents are open" in page


def test_the_dashboard_says_what_to_do_when_nothing_lives_or_exists(lead: Client) -> None:
    Worker.objects.all().delete()
    page = words(lead, "/admin/")
    assert "No worker lives." in page
    assert "manage.py workflow_worker" in page
    assert "No instance exists yet." in page


def test_who_may_see_nothing_is_told_so(signed_in: SignIn) -> None:
    assert "Your account may see nothing yet." in words(signed_in(), "/admin/")
