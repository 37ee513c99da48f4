"""What may a person type into a plan of monitoring, change or risk, and into the declaration of a change?

The forms only carry words: what a plan must say is decided by `governance.core.plan_document`, and a refusal that
points into the document is put beside the field that it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from audits.models.audit import KIND_LABELS
from governance.core.change_plan import How, Where
from governance.core.plans import CHANGE, PROTOCOL, PlanSpec, Shape

BOUNDABLE = (Spread.SLICES, Spread.GROUPINGS, Spread.TABLE)
STEPS = [(key, CHANGE.sections[key].question) for key in PROTOCOL]
HOWS = [("", "Choose"), (How.MANUAL, "By people"), (How.AUTOMATIC, "By the system itself")]
WHERES = [("", "Choose"), (Where.GLOBAL, "The same everywhere"), (Where.LOCAL, "Each place its own")]
ONS = [("interval", "The whole interval"), ("estimate", "The estimate alone")]


def measures() -> list[tuple[str, list[tuple[str, str]]]]:
    """The measures that can be bounded, by audit."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in CATALOG.values():
        if entry.gated and entry.spread in BOUNDABLE:
            found.setdefault(KIND_LABELS[entry.kind], []).append((entry.key, entry.label))
    return list(found.items())


def _area(label: str, rows: int = 2, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


class ModificationForm(forms.Form):
    """One planned change, with its row of the matrix and its impact."""

    id = forms.CharField(
        label="Short name", required=False, max_length=40, help_text="Lower-case letters, digits, dots and hyphens."
    )
    description = _area("What changes?")
    how = forms.ChoiceField(label="Who makes the change?", choices=HOWS, required=False)
    where = forms.ChoiceField(label="Where does it hold?", choices=WHERES, required=False)
    why_inside_intended_use = _area("Why does it stay inside the intended use?")
    steps = forms.MultipleChoiceField(
        label="Which steps of the protocol does it go through?",
        choices=STEPS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    benefits = _area("Benefits")
    risks = _area("Risks")
    mitigation = _area("How the protocol keeps the risks down")


class BoundForm(forms.Form):
    """One bound on a measure of the changed version."""

    modifications = forms.CharField(
        label="For which changes?", required=False, max_length=400, help_text="“all”, or short names with commas."
    )
    measure = forms.ChoiceField(label="Measure", required=False)
    minimum = forms.FloatField(label="At least (one of these three)", required=False)
    maximum = forms.FloatField(label="At most", required=False)
    not_worse_by = forms.FloatField(label="Worse than the version before by at most", required=False)
    on = forms.ChoiceField(label="Compared is", choices=ONS, required=False)
    operating_point = forms.CharField(
        label="Operating point (where the measure has one)", required=False, max_length=80
    )
    slice = forms.CharField(
        label="Group (everybody where blank)", required=False, max_length=900, help_text="Such as sex=female."
    )
    across = forms.CharField(
        label="Between the groups of (for gaps between groups)",
        required=False,
        max_length=400,
        help_text="Such as sex.",
    )
    minimum_n = forms.IntegerField(label="On at least so many patients (optional)", required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = [("", "Choose"), *measures()]  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    """The sections that are answered in words; a section in parts has a field for each."""

    def __init__(self, *args: Any, spec: PlanSpec, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.spec = spec
        for question in spec.sections.values():
            optional = "" if question.required else " (optional)"
            if question.shape is Shape.TEXT:
                self.fields[question.key] = _area(question.question + optional, 3, question.help)
            for key, words in question.parts:
                self.fields[f"{question.key}.{key}"] = _area(words)
            if question.shape is Shape.IMPACT:
                self.fields["impact.together"] = _area("What are the benefits and risks of all changes together?", 3)

    @property
    def document(self) -> dict[str, Any]:
        """What was typed, as sections; `parse` refuses what is missing."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            section, _, part = name.partition(".")
            if part:
                found.setdefault(section, {})[part] = value
            else:
                found[section] = value
        return {key: value for key, value in found.items() if not isinstance(value, dict) or any(value.values())}


def initial_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of words shows of a plan."""
    found: dict[str, Any] = {key: value for key, value in document.items() if isinstance(value, str)}
    found |= {f"update_procedure.{key}": value for key, value in document.get("update_procedure", {}).items()}
    if "impact" in document:
        found["impact.together"] = document["impact"]["together"]
    return found


def modifications_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the forms of planned changes show of a plan."""
    steps = {row["modification"]: row["steps"] for row in document.get("traceability", ())}
    impacts = {row["modification"]: row for row in document.get("impact", {}).get("each", ())}
    return [
        {**each, "steps": steps.get(each["id"], []), **impacts.get(each["id"], {})}
        for each in document.get("modifications", ())
    ]


def bounds_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**each, "modifications": ", ".join(each["modifications"])} for each in document.get("bounds", ())]


def change_sections(changes: Iterable[forms.Form], bounds: Iterable[forms.Form]) -> dict[str, Any]:
    """The sections of a change plan that are not words alone, from the forms that say something."""
    given = [form.cleaned_data for form in changes]
    return {
        "modifications": [
            {key: each[key] for key in ("id", "description", "how", "where", "why_inside_intended_use")}
            for each in given
        ],
        "traceability": [{"modification": each["id"], "steps": each["steps"]} for each in given],
        "each": [
            {"modification": each["id"], **{key: each[key] for key in ("benefits", "risks", "mitigation")}}
            for each in given
        ],
        "bounds": [_bound(form.cleaned_data) for form in bounds],
    }


def _bound(given: Mapping[str, Any]) -> dict[str, Any]:
    names = [name.strip() for name in given["modifications"].split(",") if name.strip()]
    kept = {key: value for key, value in given.items() if value not in (None, "") and key != "modifications"}
    return {**kept, "modifications": names, "measure": given["measure"]}


class ChangeForm(forms.Form):
    """known: the modifications of the change plan in force. previous: the earlier versions, newest first."""

    previous = forms.TypedChoiceField(label="Which version does it replace?", coerce=int)
    modifications = forms.MultipleChoiceField(
        label="Which planned changes does it carry out?",
        help_text="None of them means that the change is something else.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    description = forms.CharField(
        label="What does it change?", help_text="One or two sentences.", widget=forms.Textarea(attrs={"rows": 3})
    )
    paired = forms.BooleanField(
        label="The evaluation tables carry the earlier version's score as their comparator", required=False
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's signature
        known: Mapping[str, str],
        previous: Iterable[int],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each, f"{each}: {words}") for each, words in known.items()]
        self.fields["modifications"].choices = choices  # type: ignore[attr-defined]
        self.fields["previous"].choices = [(each, f"Version {each}") for each in previous]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["modifications"]
