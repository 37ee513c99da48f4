"""What may a person type about an incident, its reports, and a log? The services decide what is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from governance.core.incidents import CLOCKS, SEVERITIES
from governance.core.logs import LOGS
from governance.services.incidents import Noticed
from governance.services.logs import LONGEST
from governance.web.forms_risks import day, words
from governance.web.once import OnceForm
from registry.models.model import Model
from registry.models.site import Site
from registry.models.version import ModelVersion

UNNAMED = "Without names of patients."
SEVERITY_CHOICES = [(key, f"{known.label}. {known.meaning}") for key, known in SEVERITIES.items()]


def _moment(label: str, help_text: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=help_text, widget=widget)


def _clocks(keys: Iterable[str]) -> forms.MultipleChoiceField:
    """Deadlines to choose from, each with its period and where that stands."""
    return forms.MultipleChoiceField(
        label="Deadlines that run",
        help_text="Choose those that hold for you here; each is counted from when it was noticed.",
        choices=[(key, f"{CLOCKS[key].label}. {CLOCKS[key].meaning} ({CLOCKS[key].citation})") for key in keys],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class IncidentForm(OnceForm):
    severity = forms.ChoiceField(label="How grave it is", choices=SEVERITY_CHOICES, widget=forms.RadioSelect)
    happened_on = day("Happened on", required=True)
    noticed_at = _moment("Noticed at (UTC)", "When somebody here learned of it.")
    description = words("What happened", UNNAMED, rows=5)
    clocks = _clocks(CLOCKS)
    field_order = ("severity", "happened_on", "noticed_at", "description", "version", "site", "clocks")

    def __init__(self, *args: Any, model: Model, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.versions = {str(each.number): each for each in ModelVersion.objects.filter(model=model)}
        self.sites = {each.slug: each for each in Site.objects.all()}
        self.fields["version"] = forms.ChoiceField(
            label="Version",
            choices=[("", "Not known"), *((number, f"Version {number}") for number in self.versions)],
            required=False,
        )
        self.fields["site"] = forms.ChoiceField(
            label="Site",
            choices=[("", "Not one site"), *((slug, site.name) for slug, site in self.sites.items())],
            required=False,
        )
        self.order_fields(self.field_order)

    @property
    def noticed(self) -> Noticed:
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("clocks", "once")}
        version, site = self.versions.get(given.pop("version")), self.sites.get(given.pop("site"))
        return Noticed(**given, version=version, site=site)


class ReassessForm(forms.Form):
    """running: the clocks that were chosen already; they stay. why_not_lower: "" where the person may lower it."""

    severity = forms.ChoiceField(label="How grave it is", choices=SEVERITY_CHOICES, widget=forms.RadioSelect)
    reason = words("What is known now", UNNAMED, rows=2)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's signature
        running: Iterable[str],
        why_not_lower: str = "",
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        if why_not_lower:
            self.fields["severity"].help_text = f"You can raise it. To lower it: {why_not_lower}"
        known = set(running)
        self.fields["clocks"] = _clocks(key for key in CLOCKS if key not in known)
        self.fields["clocks"].label = "Further deadlines that run"


class ReportForm(forms.Form):
    reported_at = _moment("Reported at (UTC)", "When the report went out.")
    reference = forms.CharField(label="Reference", help_text="Under which the report can be found.", max_length=200)


class ExcuseForm(forms.Form):
    reason = words("Why no report is owed", f"It will be read in an inquiry. {UNNAMED}", rows=2)


class CloseForm(forms.Form):
    outcome = words("What was found and what was done", UNNAMED, rows=4)


class LogForm(OnceForm):
    kind = forms.ChoiceField(
        label="Log", choices=[(key, f"{each.label}: {each.meaning}") for key, each in LOGS.items()]
    )
    kept_in = words("Where it is kept", "The system, and who can read it there.", rows=2)
    retention_days = forms.IntegerField(label="Kept for (days)", min_value=1, max_value=LONGEST)
    reviewed_on = day("Looked at on", "When somebody last checked that it is written and kept so.", required=True)
