"""What may a person type to upload an overlay, or to sign that less is asked? The services decide what is allowed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from governance.core.pack_yaml import MAX_BYTES
from governance.web.forms import PasswordAgain


class LooseningForm(PasswordAgain):
    """The signature under a record of what is asked less."""

    reason = forms.CharField(
        label="Reason",
        help_text="At least 20 characters; it will be read in an inquiry.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    expected_sha256 = forms.CharField(widget=forms.HiddenInput)
    field_order = ("reason", "password", "expected_sha256")


class OverlayForm(forms.Form):
    """A file, or its text. A file that is chosen takes the place of the text, and stands there from then on: a browser
    sends no file again that was not chosen anew."""

    use_required_attribute = False

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text="A YAML file. Its text then stands below, so that it need not be chosen twice.",
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
    )
    content = forms.CharField(
        label="Text of the overlay",
        strip=False,
        max_length=MAX_BYTES,
        error_messages={"required": "Choose a file, or write the overlay here."},
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "code"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401 - Django's signature
    ) -> None:
        self.is_text = True
        if data is not None and files and (file := files.get("file")) is not None:
            data = data.copy()
            try:
                data["content"] = file.read(MAX_BYTES + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                self.is_text = False
        super().__init__(data, files, **kwargs)

    def clean_file(self) -> None:
        if not self.is_text:
            raise forms.ValidationError("This is not a text file.")
