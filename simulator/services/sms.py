"""Text messages: what was sent can be read in the inbox, so that a demo finds its code."""

from pydantic import Field

from simulator.act import Act, Request
from simulator.exchange import Answer, Refusal
from simulator.service import Service

UNREACHABLE_NUMBER = "+15005550001"
sms = Service("sms")


class SendMessage(Request):
    """A text for a number in E.164 form."""

    reference: str
    to: str = Field(pattern=r"^\+[1-9]\d{6,14}$")
    text: str = Field(min_length=1)


@sms.operation("messages.send", "POST", "/messages")
def send_message(act: Act) -> Answer:
    """Put a text into the inbox of its number."""
    request = act.read(SendMessage)
    if request.to == UNREACHABLE_NUMBER:
        raise Refusal(409, "UNREACHABLE_NUMBER", f"{request.to} cannot receive messages.")
    act.record_effect("MESSAGE", reference=request.reference, quantity=1)
    document = {"to": request.to, "text": request.text, "status": "SENT"}
    return Answer(201, act.create("MESSAGE", reference=request.reference, document=document))
