"""What may a person type when they upload or review a document? What is allowed is decided by the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from governance.core.document_file import ACCEPTED, ENDINGS
from governance.core.documents import DocumentKind
from governance.models.document import ReviewOutcome
from governance.services.documents import LONGEST_ANSWER, LONGEST_NAME, LONGEST_NOTE, Incoming, Said
from governance.web.forms import PasswordAgain
from registry.models.user import Role

USUAL, ON, NEVER = "usual", "on", "never"
OUTCOMES = {
    ReviewOutcome.ACCEPTED: "Accept: I examined it, and it is sound and sufficient",
    ReviewOutcome.RETURNED: "Return it; a new revision is needed",
}
_PREFIX = "answer_"


class UploadForm(forms.Form):
    """kind: whose checklist is asked. titled: whether the document is new, and needs a title."""

    title = forms.CharField(label="Title", max_length=LONGEST_NAME, help_text="As it stands on the document.")
    file = forms.FileField(
        label="File",
        help_text=f"{ACCEPTED}. Without password, macros or files inside.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(end for ends in ENDINGS.values() for end in ends)}),
    )
    effective_from = forms.DateField(
        label="In effect from",
        help_text="The date that the document itself states, not the day of upload.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    expiry = forms.ChoiceField(label="How long does it count?", widget=forms.RadioSelect)
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Only when you chose a last day above. On the day after it, the document no longer counts.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(
        label="What changed",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="For whoever reviews it: what this revision adds or mends.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, kind: DocumentKind, titled: bool, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.kind = kind
        if not titled:
            del self.fields["title"]
        usual = [(USUAL, f"As usual for this kind: {kind.months} months")] if kind.months else []
        expiry = self.fields["expiry"]
        assert isinstance(expiry, forms.ChoiceField)
        expiry.choices = [*usual, (ON, "Until a last day that it states"), (NEVER, "It does not expire")]
        self.fields["expiry"].initial = USUAL if usual else NEVER
        for key, question in kind.fields.items():
            self.fields[_PREFIX + key] = forms.CharField(label=question, required=False, max_length=LONGEST_ANSWER)

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        if given.get("expiry") == ON and not given.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Give the last day, or choose otherwise above.")
        if given.get("expiry") != ON and given.get("expires_on"):
            self.add_error("expires_on", "A last day counts only when you choose it above. Choose it, or empty this.")
        return given

    @property
    def checklist(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_PREFIX)]

    @property
    def incoming(self) -> Incoming:
        sent = self.cleaned_data["file"]
        return Incoming(sent.file, sent.name)

    @property
    def said(self) -> Said:
        given = self.cleaned_data
        ends = {USUAL: self.kind.usual_end(given["effective_from"]), ON: given["expires_on"], NEVER: None}
        answers = {name.removeprefix(_PREFIX): given[name] for name in self.fields if name.startswith(_PREFIX)}
        return Said(given["effective_from"], ends[given["expiry"]], answers, given["note"])


class ReviewForm(PasswordAgain):
    """roles: those in which the person may review."""

    outcome = forms.ChoiceField(
        label="My decision",
        choices=[(each.value, words) for each, words in OUTCOMES.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        help_text="One or two sentences; they stand beside the signature.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("role", "outcome", "reason", "password", "expected_sha256")

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        held = list(roles)
        self.fields["role"] = forms.ChoiceField(
            label="I review as",
            choices=[(role, Role(role).label) for role in held],
            widget=forms.RadioSelect,
            initial=held[0] if len(held) == 1 else None,
        )
        self.order_fields(self.field_order)
