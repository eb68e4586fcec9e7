"""Identity checks: taken at once, decided later, told by a signed webhook.

The applicant's last name decides, so that a demo needs no script: REJECTED, SILENT (never decided), SLOW (told 30 s
late), TWICE (told twice).
"""

from datetime import date

from pydantic import HttpUrl

from simulator.act import Act, Request
from simulator.exchange import Answer, Document
from simulator.faults import Entry
from simulator.service import Service

SLOW_SECONDS = 30.0
ekyc = Service("ekyc", single_kinds=frozenset({"CHECK"}))


class SubmitCheck(Request):
    """Who is to be checked against which document, and where to tell the result."""

    reference: str
    first_name: str
    last_name: str
    date_of_birth: date
    document_reference: str
    callback_url: HttpUrl


@ekyc.operation("checks.submit", "POST", "/checks")
def submit_check(act: Act) -> Answer:
    """Take a check; its decision comes by webhook after the configured delay."""
    request = act.read(SubmitCheck)
    last_name = request.last_name.upper()
    if last_name == "TWICE" and act.entry is None:
        act.entry = Entry(do="duplicate_webhook")
    act.record_effect("CHECK", reference=request.reference, quantity=1)
    document = act.create("CHECK", reference=request.reference, document={"status": "PENDING"})
    if last_name != "SILENT":
        rejected = last_name == "REJECTED"
        _decide_later(act, str(request.callback_url), document, rejected=rejected, slow=last_name == "SLOW")
    return Answer(202, document)


@ekyc.operation("checks.get", "GET", "/checks/<check_id>", keyed=False)
def get_check(act: Act) -> Answer:
    """A check as it stands."""
    return Answer(200, act.get("CHECK", act.call.path["check_id"]))


@ekyc.operation("checks.cancel", "DELETE", "/checks/<check_id>")
def cancel_check(act: Act) -> Answer:
    """Withdraw a check: nothing more is said about it. Withdrawing it again changes nothing."""
    document = act.get("CHECK", act.call.path["check_id"])
    if document["status"] != "CANCELLED":
        act.record_effect("CHECK", reference=document["reference"], quantity=-1)
        act.cancel_webhooks(document["checkId"])
    return Answer(200, act.update(document["checkId"], {**document, "status": "CANCELLED"}))


def _decide_later(act: Act, url: str, document: Document, *, rejected: bool, slow: bool) -> None:
    decision = {
        "checkId": document["checkId"],
        "reference": document["reference"],
        "decision": "REJECTED" if rejected else "APPROVED",
        "reason": "DOCUMENT_DOES_NOT_MATCH" if rejected else "",
    }
    is_early = act.entry is not None and act.entry.do == "early_webhook"
    act.change_later({**document, "status": decision["decision"]}, delay=0 if is_early else act.webhook_delay)
    act.send_webhook(url, decision, delay=SLOW_SECONDS if slow else act.webhook_delay)
