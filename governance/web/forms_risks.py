"""What may a person type about a risk? The entry, a risk control, an acceptance; the services decide what is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict

from audits.models.audit import Audit
from governance.core.hazards import CHARACTERISTICS, HAZARDS, OTHER
from governance.core.risk import CONTROL_KINDS, PROBABILITY, SEVERITY, Written
from governance.models.risk import RiskControl, RiskRevision, RiskState
from governance.services.risks import ControlGiven
from governance.web.forms import PasswordAgain
from governance.web.once import OnceForm
from registry.models.user import Role

LONGEST = 5000


def words(label: str, help_text: str = "", *, rows: int = 3, required: bool = True) -> forms.CharField:
    """A field for a few sentences."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, widget=widget, required=required, max_length=LONGEST)


def day(label: str, help_text: str = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget, required=required)


def _scale(label: str, scale: dict[int, str]) -> forms.TypedChoiceField:
    choices = [("", "Not given yet"), *((number, f"{number} · {meaning}") for number, meaning in scale.items())]
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, empty_value=None, required=False)


class ChangingForm(OnceForm):
    """Something new is sent once; what exists is changed only as it was shown. expected: the revision shown."""

    expected = forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, revising: bool, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        del self.fields["once" if revising else "expected"]

    @property
    def shown(self) -> int:
        """The number of the revision that the author was shown; 0 where the page did not say, which is none."""
        return self.cleaned_data["expected"] or 0

    def catch_up(self, number: int) -> None:
        """The newer revision is shown beside what was typed; from now on that one counts as seen."""
        data = cast("QueryDict", self.data).copy()
        data["expected"] = str(number)
        self.data = data


class RiskForm(ChangingForm):
    """revising: the entry exists, so its state can be chosen and the reason is asked for. why_not_close: "" if open."""

    title = forms.CharField(max_length=200, label="Title", help_text="What can go wrong, in a few words.")
    hazard = forms.ChoiceField(
        label="Hazard",
        choices=[*((key, known.label) for key, known in HAZARDS.items()), (OTHER, "Another hazard")],
    )
    sequence = words("Sequence of events", "Step by step, from the cause to the patient.")
    situation = words("Hazardous situation", "What the patient is then exposed to.", rows=2)
    harm = words("Harm", "What may come of it.", rows=2)
    characteristics = forms.MultipleChoiceField(
        label="Characteristics that it touches",
        choices=[(key, known.label) for key, known in CHARACTERISTICS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    probability = _scale("Probability of the harm before risk controls", dict(PROBABILITY))
    severity = _scale("Severity of the harm before risk controls", dict(SEVERITY))
    residual_probability = _scale("Probability of the harm after risk controls", dict(PROBABILITY))
    residual_severity = _scale("Severity of the harm after risk controls", dict(SEVERITY))
    benefit_note = words(
        "Benefit",
        "Needed where what is left is not acceptable: which benefit outweighs it, and how that is known.",
        rows=2,
        required=False,
    )
    state = forms.ChoiceField(
        label="State",
        choices=[
            (RiskState.OPEN.value, "Open: the risk exists"),
            (RiskState.CLOSED.value, "Closed: the risk no longer exists"),
        ],
        widget=forms.RadioSelect,
        initial=RiskState.OPEN.value,
    )
    reason = words("Reason", "Why the entry is as it is now; the history shows it.", rows=2)

    def __init__(self, *args: Any, revising: bool, why_not_close: str = "", **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, revising=revising, **kwargs)
        self.fields["reason"].required = revising
        if not revising:
            del self.fields["state"]
        elif why_not_close:
            self.fields["state"].help_text = f"You cannot close it: {why_not_close}"

    @property
    def said(self) -> Written:
        apart = ("state", "once", "expected")
        given = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        return Written(**{**given, "characteristics": tuple(given["characteristics"])})


def from_revision(row: RiskRevision) -> dict[str, Any]:
    """What the form starts from when an entry is revised: all it says now, but not the earlier reason."""
    names = [name for name in RiskForm.base_fields if name not in ("reason", "once", "expected")]
    return {name: getattr(row, name) for name in names} | {"expected": row.number}


class ControlForm(ChangingForm):
    """audits: those that may show the effect. revising: the control exists, so it can be withdrawn."""

    kind = forms.ChoiceField(
        label="Kind",
        help_text="Consider them in this order: a safer design first, information last.",
        choices=[(kind.value, label) for kind, label in CONTROL_KINDS.items()],
        widget=forms.RadioSelect,
    )
    text = words("What it does")
    implemented_on = day("In place since", "Leave it empty while it is only planned.")
    verified_on = day("Verified on", "When somebody looked whether it is in place and works.")
    withdrawn = forms.BooleanField(label="Withdraw this risk control", required=False)
    field_order = ("kind", "text", "implemented_on", "verified_on", "audit", "withdrawn")

    def __init__(self, *args: Any, audits: Iterable[Audit], revising: bool, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, revising=revising, **kwargs)
        self.audits = {str(audit.pk): audit for audit in audits}
        choices = [(pk, named(audit)) for pk, audit in self.audits.items()]
        self.fields["audit"] = forms.ChoiceField(
            label="Audit that shows its effect",
            help_text="A finished audit of this model, not older than the risk control.",
            choices=[("", "None yet"), *choices],
            required=False,
        )
        if not revising:
            del self.fields["withdrawn"]
        self.order_fields(self.field_order)

    @property
    def given(self) -> ControlGiven:
        apart = ("withdrawn", "audit", "once", "expected")
        values = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        return ControlGiven(**values, audit=self.audits.get(self.cleaned_data["audit"]))


def named(audit: Audit) -> str:
    """An audit as a person knows it."""
    at = f"{audit.finished_at:%Y-%m-%d}" if audit.finished_at else ""
    return f"{audit.get_kind_display()} of version {audit.version.number} on {audit.table.file_name}, {at}"


def from_control(row: RiskControl) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "text": row.text,
        "implemented_on": row.implemented_on,
        "verified_on": row.verified_on,
        "audit": str(row.audit_id) if row.audit_id else "",
        "expected": row.revision,
    }


class AcceptForm(PasswordAgain):
    """roles: those in which the person may accept."""

    reason = words("Reason", "One or two sentences; they stand beside the signature.", rows=4)
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("role", "reason", "password", "expected_sha256")

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        held = list(roles)
        self.fields["role"] = forms.ChoiceField(
            label="I accept as",
            choices=[(role, Role(role).label) for role in held],
            widget=forms.RadioSelect,
            initial=held[0] if len(held) == 1 else None,
        )
        self.order_fields(self.field_order)
