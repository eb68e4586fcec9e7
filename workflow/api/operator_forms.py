"""What the operators' endpoints take: queries of lists, and the bodies of staff commands."""

from __future__ import annotations

from rest_framework import serializers

from workflow.api.serializers import Form, Text
from workflow.models import IncidentStatus, Status
from workflow.queries.paging import SIZE_DEFAULT, SIZE_MAX
from workflow.queries.timeline import ENTRIES_MAX

REASON_LENGTH_MAX = 1_000
STEP_KEY_LENGTH_MAX = 300
NUMBER_MAX = 2**31 - 1


# -- queries ----------------------------------------------------------------------------------------------------------


class PageQuery(Form):
    page = serializers.IntegerField(
        min_value=0, max_value=NUMBER_MAX, default=0, help_text="From 0; ends at row 10,000."
    )
    size = serializers.IntegerField(min_value=1, max_value=SIZE_MAX, default=SIZE_DEFAULT)
    cursor = Text(required=False, max_length=64, help_text="`nextCursor` of an earlier answer; in place of `page`.")


class InstanceQuery(PageQuery):
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    state = Text(required=False, max_length=100)
    version = serializers.IntegerField(min_value=1, max_value=NUMBER_MAX, required=False)
    business_key = Text(required=False, max_length=500)
    correlation_id = Text(required=False, max_length=128)
    live = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="Unfinished, or finished.")


class IncidentQuery(PageQuery):
    status = serializers.ChoiceField(choices=IncidentStatus.choices, required=False)


class TimelineQuery(Form):
    after = serializers.IntegerField(min_value=0, max_value=NUMBER_MAX, default=0, help_text="A sequence number.")
    size = serializers.IntegerField(min_value=1, max_value=ENTRIES_MAX, default=200)


# -- commands ---------------------------------------------------------------------------------------------------------


class ReasonForm(Form):
    reason = Text(max_length=REASON_LENGTH_MAX, help_text="Kept in the history with your name.")


class RetryStepForm(ReasonForm):
    step_key = Text(required=False, max_length=STEP_KEY_LENGTH_MAX)
    input = serializers.JSONField(required=False, help_text="In place of the recorded input; opens a new generation.")


class CompleteStepForm(ReasonForm):
    step_key = Text(max_length=STEP_KEY_LENGTH_MAX)
    output = serializers.JSONField(help_text="What the step is to have returned.")


class SkipStepForm(ReasonForm):
    step_key = Text(max_length=STEP_KEY_LENGTH_MAX)
    output = serializers.JSONField(required=False, allow_null=True)


class ResolveIncidentForm(Form):
    resolution = Text(max_length=REASON_LENGTH_MAX)


class NoForm(Form):
    """A body without fields."""
