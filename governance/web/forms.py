"""What may a person type into a page? The input of each form; what is allowed is decided by the services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from django import forms

from governance.core.meanings import MEANING_OF_ROLE
from governance.models.approval import ApprovalDecision
from governance.models.decision import Environment
from governance.web.gather.waiving import Terms
from registry.models.user import Role

AGAIN = "Signing asks for your password again. It is not stored, and never written to a log."
DECISIONS = {
    ApprovalDecision.APPROVE: "Sign: the evidence is sound and sufficient",
    ApprovalDecision.RETURN: "Return the version for good; a successor needs a new number",
}


class PasswordAgain(forms.Form):
    """The part that every signature shares."""

    password = forms.CharField(
        label="Your password",
        help_text=AGAIN,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SignForm(PasswordAgain):
    """roles, decisions: those that are open to the person."""

    reason = forms.CharField(
        label="Reason",
        help_text="One or two sentences; they stand beside the signature.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("role", "decision", "reason", "password", "expected_sha256")

    def __init__(self, *args: Any, roles: Iterable[str], decisions: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        signing, open_to = list(roles), set(decisions)
        self.fields["role"] = forms.ChoiceField(
            label="I sign as",
            choices=[(role, Role(role).label) for role in signing if role in MEANING_OF_ROLE],
            widget=forms.RadioSelect,
            initial=signing[0] if len(signing) == 1 else None,
        )
        self.fields["decision"] = forms.ChoiceField(
            label="My decision",
            choices=[(each.value, words) for each, words in DECISIONS.items() if each in open_to],
            widget=forms.RadioSelect,
        )
        self.order_fields(self.field_order)


class WaiveForm(PasswordAgain):
    reason = forms.CharField(
        label="Reason",
        help_text="At least 20 characters; it will be read in an inquiry.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    compensating_measure = forms.CharField(
        label="Compensating measure",
        help_text="What is done so that the open finding harms nobody.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(label="Waived until", widget=forms.DateInput(attrs={"type": "date"}))
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("reason", "compensating_measure", "until", "password", "expected_sha256")

    def __init__(self, *args: Any, terms: Terms, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["compensating_measure"].required = terms.compensating
        if terms.latest:
            until = self.fields["until"]
            until.widget.attrs |= {"min": terms.earliest.isoformat(), "max": terms.latest.isoformat()}
            until.help_text = f"The policy allows {terms.latest:%Y-%m-%d} at the latest; it lapses as that day begins."

    @property
    def expires_at(self) -> datetime:
        """The first moment of the chosen day, UTC: the waiver no longer holds on it."""
        return datetime.combine(self.cleaned_data["until"], time.min, tzinfo=UTC)


class EnvironmentForm(forms.Form):
    environment = forms.ChoiceField(choices=Environment.choices, initial=Environment.PRODUCTION)


class LedgerFilter(forms.Form):
    """What the ledger page can be narrowed to; an empty field narrows nothing."""

    kind = forms.CharField(required=False, max_length=60, label="Kind")
    version = forms.UUIDField(required=False, label="Version id")

    @property
    def conditions(self) -> dict[str, object]:
        names = {"kind": "kind", "version": "subject_version_id"}
        if not self.is_valid():
            return {}
        return {column: self.cleaned_data[name] for name, column in names.items() if self.cleaned_data[name]}

    @property
    def kept(self) -> str:
        """What the next page's address repeats."""
        return urlencode({name: value for name, value in self.cleaned_data.items() if value}) if self.is_valid() else ""
