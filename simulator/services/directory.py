"""A client's own directory of users: whose phone number is known before the onboarding starts."""

from simulator.act import Act
from simulator.exchange import Answer, Refusal
from simulator.service import Service

PHONE_NUMBERS = {"user123": "+14155550123"}
directory = Service("directory")


@directory.operation("users.get", "GET", "/users/<path:user_id>", keyed=False)
def get_user(act: Act) -> Answer:
    """A user with the phone number on file."""
    user_id = act.call.path["user_id"]
    if user_id not in PHONE_NUMBERS:
        raise Refusal(404, "UNKNOWN_USER", f"There is no user {user_id}.")
    return Answer(200, {"userId": user_id, "phoneNumber": PHONE_NUMBERS[user_id]})
