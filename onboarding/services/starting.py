"""Starting an onboarding: the application and its instance in one commit, one per user of a client."""

from __future__ import annotations

import re

from django.db import transaction

from onboarding import conf, selectors
from onboarding.errors import MalformedRequest, PhoneNumberUnknown, UserDirectoryUnavailable
from onboarding.messages import OnboardingInput
from onboarding.providers.errors import ProviderError
from onboarding.providers.registry import user_directory
from onboarding.services.applications import open_application
from workflow import client as engine
from workflow.client import Actor, Started

PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
DIRECTORY_TIMEOUT_SECONDS = 5.0


def start_onboarding(
    *,
    client: str,
    user_id: str,
    phone_number: str | None = None,
    version: int | None = None,
    actor_id: str | None = None,
    idempotency_key: str | None = None,
    scope: str = "",
    correlation_id: str | None = None,
) -> Started:
    """Start, or answer with the onboarding that is under way for this user. The first code goes out at once.

    Without a `phone_number` the user directory is asked. Raises MalformedRequest, PhoneNumberUnknown,
    UserDirectoryUnavailable and the errors of `workflow.client.start`.
    """
    number = _phone_number(client, user_id, phone_number, correlation_id or "")
    with transaction.atomic():
        started = engine.start(
            conf.WORKFLOW,
            OnboardingInput(client=client, user_id=user_id),
            version=version or conf.default_version(),
            actor=Actor.USER,
            actor_id=actor_id,
            idempotency_key=idempotency_key,
            scope=scope,
            correlation_id=correlation_id,
        )
        if started.created:
            open_application(instance_id=started.instance_id, client=client, user_id=user_id, phone_number=number)
    return started


def _phone_number(client: str, user_id: str, given: str | None, correlation_id: str) -> str:
    """The given number, else the directory's, else the one of an earlier application of the same user."""
    number = given or _from_directory(user_id, correlation_id)
    if number is None:
        earlier = selectors.find_latest_applicant(client=client, user_id=user_id)
        number = earlier.phone_number if earlier else None
    if number is None:
        raise PhoneNumberUnknown("No phone number was given, and none is known for this user.")
    if not PHONE_NUMBER.fullmatch(number):
        raise MalformedRequest(
            "A phone number is given in E.164 form, such as +14155550123.",
            errors=[{"field": "phoneNumber", "code": "phone-number", "message": "This is not in E.164 form."}],
        )
    return number


def _from_directory(user_id: str, correlation_id: str) -> str | None:
    try:
        return user_directory().find_phone_number(
            user_id, correlation_id=correlation_id, timeout=DIRECTORY_TIMEOUT_SECONDS
        )
    except ProviderError as error:
        raise UserDirectoryUnavailable("The user directory does not answer; give a phone number.") from error
