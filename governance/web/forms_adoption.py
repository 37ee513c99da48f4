"""What may a person type about training files, goals, consultations and readiness? What may stand, services decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import Truncator

from audits.core.catalog import CATALOG
from governance.core.readiness import ITEMS
from governance.models.adoption import Goal, GoalOutcome, ReadinessState
from governance.models.training import TrainingFile
from governance.web.once import OnceForm
from registry.models.site import Site

UNNAMED = "No names of patients."


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


def _area(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget, max_length=5000)


class TrainingFileForm(forms.Form):
    kind = forms.ChoiceField(label="What is in the file?", choices=TrainingFile.choices, widget=forms.RadioSelect)
    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, with a header line. Taken whole, or not at all.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )


class ForgetForm(forms.Form):
    summary = forms.BooleanField(
        label="Also forget what they said", help_text="Where it tells who they are.", required=False
    )


class SiteField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(queryset=Site.objects.all(), to_field_name="slug", label="Site", **kwargs)


class GoalForm(OnceForm):
    text = _area("What should the model achieve?")
    criterion = _area("How can anybody tell that it was reached?")
    target = forms.CharField(label="Target", required=False, max_length=200, help_text="Such as “below 5%”.")
    measure = forms.ChoiceField(label="Measure of the audits", required=False)
    due_on = forms.DateField(label="Due on", widget=_day())
    site = SiteField(required=False, empty_label="All sites")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        choices = [("", "None fits"), *((entry.key, entry.label) for entry in CATALOG.values())]
        self.fields["measure"].choices = choices  # type: ignore[attr-defined]


class GoalReviewForm(OnceForm):
    """goals: those of the model."""

    goal = forms.ChoiceField(label="Goal")
    outcome = forms.ChoiceField(label="What became of it?", choices=GoalOutcome.choices)
    note = _area("How is that known?")
    field_order = ("goal", "outcome", "note")

    def __init__(self, *args: Any, goals: Iterable[Goal], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        choices = [(str(each.pk), Truncator(each.text).chars(80)) for each in goals]
        self.fields["goal"].choices = choices  # type: ignore[attr-defined]


class ConsultationForm(OnceForm):
    who = forms.CharField(
        label="Who was asked?", max_length=200, help_text=f"A group, or what somebody does. {UNNAMED}"
    )
    role = forms.CharField(label="In which role?", max_length=120, help_text="Patients, nurses, works council, ...")
    held_on = forms.DateField(label="Held on", widget=_day())
    summary = _area("What did they say?", UNNAMED)
    changed = _area("What changed because of it?", f"Say so where nothing did, and why. {UNNAMED}")
    site = SiteField(required=False, empty_label="All sites")


class ReadinessForm(OnceForm):
    item = forms.ChoiceField(label="Item", choices=[(each.key, each.label) for each in ITEMS.values()])
    state = forms.ChoiceField(label="State", choices=ReadinessState.choices)
    note = _area("Note", "Needed where an item is not needed at the site.", required=False)
