"""What may a person type about sites? The services decide what is allowed."""

from __future__ import annotations

from typing import Any

from django import forms

from registry.models.model import Model
from registry.models.site import Jurisdiction, Site


class SiteForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, help_text="As people call the place. It is never reused.")
    jurisdiction = forms.ChoiceField(
        label="Whose law holds there", choices=[("", "Choose one"), *Jurisdiction.choices], widget=forms.Select
    )


class AssignForm(forms.Form):
    """Which model the site uses from now on: one of those that it does not use yet."""

    model = forms.ModelChoiceField(Model.objects.none(), label="Model", to_field_name="slug", empty_label="Choose one")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        field = self.fields["model"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Model.objects.exclude(model_sites__site=site).order_by("name")
