"""What if somebody clicks twice? The hidden part of a form that records something: an id that is good for one row."""

from __future__ import annotations

from uuid import uuid4

from django import forms

ALREADY = "Already recorded; what you sent twice was kept once."


class OnceForm(forms.Form):
    """Every form that is shown anew has another id. Off with autocomplete: a browser must not put back a used one."""

    once = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
