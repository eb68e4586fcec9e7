"""What onboarding's endpoints take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from onboarding.models import DocumentKind
from onboarding.states import Action, State
from workflow.api.serializers import Form, Shape, Text

USER_ID_LENGTH_MAX = 200
PHONE_NUMBER_LENGTH_MAX = 16


class StartForm(Form):
    user_id = Text(max_length=USER_ID_LENGTH_MAX, help_text="Who it is to your application.")
    phone_number = Text(
        max_length=PHONE_NUMBER_LENGTH_MAX,
        required=False,
        help_text="E.164, such as +14155550123. Without it your user directory is asked.",
    )


class ActionForm(Form):
    action = Text(max_length=40, help_text=f"One of `possibleActions`, such as {Action.NEXT}.")
    data = serializers.DictField(  # type: ignore[assignment]
        required=False,
        default=dict,
        help_text='For NEXT: `{"otp": "123456"}`, then the profile, then nothing. For staff: `{"reason": ...}`.',
    )


class DocumentForm(Form):
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    file = serializers.FileField(allow_empty_file=True, help_text="JPEG, PNG or PDF of at most 10 MiB.")


class NothingForm(Form):
    """A body without fields."""


class StandingShape(Shape):
    instance_id = serializers.UUIDField()
    current_state = serializers.ChoiceField(choices=State.choices)
    message = serializers.CharField()


class DocumentShape(Shape):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    status = serializers.CharField()
    content_type = serializers.CharField(help_text="What the file decoded as.")
    size_bytes = serializers.IntegerField()
    pages = serializers.IntegerField()
    stored_at = serializers.DateTimeField()


class UploadedShape(StandingShape):
    document = DocumentShape()


class StatusShape(Shape):
    instance_id = serializers.UUIDField()
    user_id = serializers.CharField()
    version = serializers.IntegerField()
    current_state = serializers.ChoiceField(choices=State.choices, source="state")
    status = serializers.CharField(
        help_text="ACTIVE while it goes on; COMPLETED or COMPENSATED, for example, at its end."
    )
    possible_actions = serializers.ListField(child=serializers.CharField(), help_text="What the user can do now.")
    failure_code = serializers.CharField(allow_null=True, help_text="Why it ended, if it did not end well.")
    documents = DocumentShape(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ReceivedShape(Shape):
    received = serializers.BooleanField()
    outcome = serializers.CharField(help_text="done, accepted (it waits for its state), or ignored.")


def standing(instance_id: str, state: str | None, message: str) -> dict[str, Any]:
    """The body that every step of an onboarding answers with."""
    where = state or State.PHONE_ENTERED
    return dict(StandingShape({"instance_id": instance_id, "current_state": where, "message": message}).data)
