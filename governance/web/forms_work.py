"""What may a person type when they answer for a control? What is allowed is decided by the services."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from governance.core.policy import WaiverTerm
from governance.web.forms import PasswordAgain


class ControlWaiveForm(PasswordAgain):
    """term: on which the pack lets the control be waived; None where nobody may."""

    reason = forms.CharField(
        label="Reason",
        help_text="At least 20 characters; it will be read in an inquiry.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    compensating_measure = forms.CharField(
        label="Compensating measure",
        help_text="What is done instead, so that the open control harms nobody.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(label="Waived until", widget=forms.DateInput(attrs={"type": "date"}))
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("reason", "compensating_measure", "until", "password", "expected_sha256")

    def __init__(self, *args: Any, term: WaiverTerm | None, today: date, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["compensating_measure"].required = term is not None and term.compensating_measure
        if term is not None:
            latest, until = today + timedelta(days=term.maximum_days), self.fields["until"]
            first = today + timedelta(days=1)
            until.widget.attrs |= {"min": first.isoformat(), "max": latest.isoformat()}
            until.help_text = f"The policy allows {latest} at the latest; it lapses as that day begins."

    @property
    def expires_at(self) -> datetime:
        """The first moment of the chosen day, UTC: the waiver no longer holds on it."""
        return datetime.combine(self.cleaned_data["until"], time.min, tzinfo=UTC)
