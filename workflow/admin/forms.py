"""What staff are asked before an action: always why, and what the action needs beyond. One form is one submission."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

REASON_LENGTH_MAX = 500
STEP_KEY_LENGTH_MAX = 300


def new_token() -> str:
    return uuid.uuid4().hex


class JsonField(forms.JSONField):
    """Optional JSON in a text area; nothing is shown for nothing."""

    widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class ConfirmForm(forms.Form):
    """`token` is made with the page: the same page submitted twice acts once."""

    token = forms.CharField(widget=forms.HiddenInput, initial=new_token, min_length=32, max_length=32)

    def asked(self) -> dict[str, Any]:
        """What the verb is to be called with."""
        return {name: value for name, value in self.cleaned_data.items() if name != "token"}


class ReasonForm(ConfirmForm):
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH_MAX,
        help_text="Kept in the history with your name.",
        error_messages={"required": "Say why: it goes into the history."},
    )


class ResolutionForm(ReasonForm):
    reason = forms.CharField(
        label="Resolution",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH_MAX,
        help_text="What was found and done.",
        error_messages={"required": "Say how it was resolved."},
    )


class StepForm(ReasonForm):
    step_key = forms.CharField(
        label="Step", max_length=STEP_KEY_LENGTH_MAX, help_text="As in the timeline, name#number."
    )


class RetryStepForm(StepForm):
    step_key = forms.CharField(
        label="Step", max_length=STEP_KEY_LENGTH_MAX, required=False, help_text="Empty: the one in the incident."
    )
    input = JsonField(
        required=False,
        help_text="JSON in place of the recorded input; leave it empty to keep that.",
    )

    def asked(self) -> dict[str, Any]:
        return {**super().asked(), "step_key": self.cleaned_data["step_key"] or None}


class CompleteStepForm(StepForm):
    output = JsonField(
        required=False,
        help_text="JSON: what the step is to have returned; empty for nothing.",
    )


class SkipStepForm(StepForm):
    output = JsonField(
        required=False,
        help_text="JSON: what those who need the step's result are to get; empty for nothing.",
    )


class DecisionForm(ReasonForm):
    action = forms.CharField(label="Decision", max_length=100)
    more = JsonField(
        label="Data",
        required=False,
        help_text="JSON, where the decision takes more than the reason; usually empty.",
    )

    def asked(self) -> dict[str, Any]:
        asked = super().asked()
        more = asked.pop("more")
        return {**asked, "data": more}
