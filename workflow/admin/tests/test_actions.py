"""Every action calls the front door once, with who and why; a refusal changes nothing and says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from workflow import client as engine
from workflow.admin.forms import new_token
from workflow.admin.tests.conftest import SignIn
from workflow.models import Incident, Instance, WorkflowEvent
from workflow.testing import go_on

pytestmark = pytest.mark.django_db
REASON = "The customer asked for it."


def address(instance_id: str, action: str) -> str:
    return f"/admin/workflow/instance/{instance_id}/do/{action}/"


def submit(browser: Client, url: str, **fields: Any) -> Any:
    return browser.post(url, {"token": new_token(), "reason": REASON, **fields}, follow=True)


def standing(instance_id: str) -> str:
    return str(Instance.objects.get(pk=instance_id).status)


def events(instance_id: str) -> list[WorkflowEvent]:
    return list(WorkflowEvent.objects.filter(instance_id=instance_id).order_by("sequence_number"))


def staff_events(instance_id: str) -> list[tuple[str | None, str | None, str]]:
    return [
        (event.actor_id, event.payload.get("verb", event.event_type), event.payload["reason"])
        for event in events(instance_id)
        if event.actor == "STAFF" and "reason" in event.payload
    ]


def test_pause_and_resume(lead: Client, loan: str) -> None:
    assert "accepted" in submit(lead, address(loan, "pause")).content.decode()
    assert standing(loan) == "PAUSED"
    assert "Paused by lead" in lead.get(f"/admin/workflow/instance/{loan}/change/").content.decode()
    submit(lead, address(loan, "resume"))
    assert standing(loan) == "ACTIVE"
    assert staff_events(loan) == [("lead", "PAUSED", REASON), ("lead", "RESUMED", REASON)]


def test_cancel(lead: Client, loan: str) -> None:
    submit(lead, address(loan, "cancel"))
    assert go_on(loan).status == "CANCELLED"
    assert ("lead", "CANCEL", REASON) in staff_events(loan)


def test_terminate(lead: Client, loan: str) -> None:
    submit(lead, address(loan, "terminate"))
    assert standing(loan) == "CANCELLED"
    assert ("lead", "TERMINATE", REASON) in staff_events(loan)


def test_retry_step(lead: Client, blocked: str) -> None:
    submit(lead, address(blocked, "retry-step"))
    assert ("lead", "RETRY_STEP", REASON) in staff_events(blocked)
    assert [event.step_key for event in go_on(blocked).of("STEP_STARTED")].count("charge#1") == 2


def test_retry_step_with_another_input(lead: Client, blocked: str) -> None:
    submit(lead, address(blocked, "retry-step"), step_key="charge#1", input='{"number": 8}')
    assert go_on(blocked).of("STEP_STARTED")[-1].payload["input"] == {"number": 8}


def test_an_input_that_does_not_fit_is_refused(lead: Client, blocked: str) -> None:
    before = len(events(blocked))
    answer = submit(lead, address(blocked, "retry-step"), input='{"number": "many"}')
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert len(events(blocked)) == before


def test_complete_step(lead: Client, blocked: str) -> None:
    submit(lead, address(blocked, "complete-step"), step_key="charge#1", output='"paid by hand"')
    driven = go_on(blocked)
    assert (driven.status, driven.result) == ("COMPLETED", "paid by hand")
    assert ("lead", "COMPLETE_STEP", REASON) in staff_events(blocked)


def test_skip_step(lead: Client, blocked: str) -> None:
    submit(lead, address(blocked, "skip-step"), step_key="charge#1", output='"waived"')
    assert go_on(blocked).result == "waived"
    assert ("lead", "SKIP_STEP", REASON) in staff_events(blocked)


def test_compensate(lead: Client, blocked: str) -> None:
    submit(lead, address(blocked, "compensate"))
    driven = go_on(blocked)
    assert driven.status == "COMPENSATED"
    assert [event.payload["undo"] for event in driven.of("SAGA_COMPENSATION")] == ["UNDO_RESERVATION"]


def test_resolve_compensation(lead: Client, half_undone: str) -> None:
    assert standing(half_undone) == "COMPENSATION_FAILED"
    submit(lead, address(half_undone, "resolve-compensation"))
    assert standing(half_undone) == "COMPENSATED"
    assert ("lead", "RESOLVE_COMPENSATION", REASON) in staff_events(half_undone)


def test_restart_leads_to_the_new_instance(lead: Client, loan: str) -> None:
    engine.terminate(instance_id=loan, actor_id="lead", reason=REASON)
    answer = submit(lead, address(loan, "restart"))
    again = Instance.objects.get(retried_from_id=loan)
    assert answer.redirect_chain[-1][0] == f"/admin/workflow/instance/{again.pk}/change/"


def test_a_decision_of_the_machine(lead: Client, loan: str) -> None:
    page = lead.get(f"/admin/workflow/instance/{loan}/change/").content.decode()
    assert f"{address(loan, 'decide')}?action=GRANT" in page
    assert 'value="GRANT"' in lead.get(f"{address(loan, 'decide')}?action=GRANT").content.decode()
    submit(lead, address(loan, "decide"), action="GRANT")
    driven = go_on(loan)
    assert (driven.status, driven.state) == ("COMPLETED", "GRANTED")
    (signal,) = driven.of("SIGNAL_RECEIVED")
    assert (signal.actor, signal.actor_id, signal.payload["data"]) == ("STAFF", "lead", {"reason": REASON})


def test_an_incident_is_acknowledged_and_ends_with_its_instance(lead: Client, blocked: str) -> None:
    incident = Incident.objects.get(instance_id=blocked)
    base = f"/admin/workflow/incident/{incident.pk}/"
    submit(lead, f"{base}do/acknowledge/")
    incident = Incident.objects.get(pk=incident.pk)
    assert (incident.status, incident.acknowledged_by) == ("ACKNOWLEDGED", "lead")
    assert "do/resolve/" not in lead.get(f"{base}change/").content.decode()
    assert submit(lead, f"{base}do/resolve/").status_code == 409


def test_an_incident_that_blocks_nothing_is_resolved(lead: Client, db: None) -> None:
    number = engine.open_incident(kind="AUDIT", message="Two cents are missing.", subject="ledger:1")
    submit(lead, f"/admin/workflow/incident/{number}/do/resolve/")
    incident = Incident.objects.get(pk=number)
    assert (incident.status, incident.resolved_by, incident.resolution) == ("RESOLVED", "lead", REASON)


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("resume", {}),
        ("retry-step", {}),
        ("complete-step", {"step_key": "charge#1"}),
        ("skip-step", {"step_key": "charge#1"}),
        ("resolve-compensation", {}),
        ("restart", {}),
        ("decide", {"action": "DANCE"}),
    ],
)
def test_what_does_not_fit_is_refused_in_the_clients_words(
    lead: Client, loan: str, action: str, fields: dict[str, str]
) -> None:
    before = len(events(loan))
    answer = submit(lead, address(loan, action), **fields)
    assert answer.status_code == 409
    assert re.search(r'class="errornote" role="alert"><p>[A-Z].+\.', answer.content.decode())
    assert len(events(loan)) == before


@pytest.mark.parametrize("action", ["pause", "cancel", "terminate", "compensate"])
def test_an_ended_instance_takes_no_command(lead: Client, loan: str, action: str) -> None:
    engine.terminate(instance_id=loan, actor_id="lead", reason=REASON)
    answer = submit(lead, address(loan, action))
    assert answer.status_code == 409
    assert "ended" in answer.content.decode()


def test_without_a_reason_nothing_happens(lead: Client, loan: str) -> None:
    for reason in ("", "   "):
        answer = submit(lead, address(loan, "terminate"), reason=reason)
        assert answer.status_code == 400
        assert "Say why" in answer.content.decode()
    assert standing(loan) == "ACTIVE"


def test_a_page_without_its_token_does_nothing(lead: Client, loan: str) -> None:
    assert submit(lead, address(loan, "terminate"), token="").status_code == 400
    assert standing(loan) == "ACTIVE"


def test_asking_about_an_action_changes_nothing(lead: Client, loan: str) -> None:
    assert lead.get(address(loan, "terminate")).status_code == 200
    assert standing(loan) == "ACTIVE"


def test_unknown_instances_and_actions_are_not_found(lead: Client, loan: str) -> None:
    assert lead.get(address("0190a000-0000-7000-8000-000000000000", "pause")).status_code == 404
    assert lead.get(address(loan, "dance")).status_code == 404
    assert lead.get("/admin/workflow/incident/99/do/resolve/").status_code == 404


# -- double submit ----------------------------------------------------------------------------------------------------


def test_a_page_submitted_twice_acts_once_and_says_so(lead: Client, loan: str) -> None:
    engine.terminate(instance_id=loan, actor_id="lead", reason=REASON)
    token = new_token()
    first = submit(lead, address(loan, "restart"), token=token)
    again = submit(lead, address(loan, "restart"), token=token)
    assert Instance.objects.filter(retried_from_id=loan).count() == 1
    assert again.redirect_chain == first.redirect_chain
    assert "submitted before" in again.content.decode()


def test_a_refused_page_may_be_submitted_again(lead: Client, loan: str) -> None:
    token = new_token()
    assert submit(lead, address(loan, "resume"), token=token).status_code == 409
    engine.pause(instance_id=loan, actor_id="lead", reason=REASON)
    assert submit(lead, address(loan, "resume"), token=token).status_code == 200
    assert standing(loan) == "ACTIVE"


def test_a_used_page_with_something_else_in_it_is_refused(lead: Client, loan: str) -> None:
    token = new_token()
    submit(lead, address(loan, "pause"), token=token)
    answer = submit(lead, address(loan, "pause"), token=token, reason="Another.")
    assert answer.status_code == 409
    assert "Open the action anew" in answer.content.decode()


def test_two_people_with_the_same_token_do_not_meet(signed_in: SignIn, lead: Client, loan: str) -> None:
    token = new_token()
    submit(lead, address(loan, "pause"), token=token)
    other = signed_in(group="lead", name="other")
    assert submit(other, address(loan, "pause"), token=token).status_code == 409
