"""What may a person type into a chapter of the model card? One field or more for each of its questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from governance.web.gather.card import Words, words
from registry.core import card
from registry.core.card_answer import LONGEST, NotAnAnswer, Value, check_not_available, check_value
from registry.core.card_field import Field, Kind
from registry.services.card_said import Said

NOT_SAID = [("", "Not said yet")]
EMPTIED = "An answer can be changed, but not taken away."
BOTH = "Give either an answer, or why there is none."
REVIEWED = "I have looked at every answer of this chapter"
REVIEWED_HELP = "Those that you leave as they are then count as looked at today."


@dataclass(frozen=True, slots=True)
class Question:
    """What the template shows of one question. parts: one box, or one for each thing that has a state.

    meanwhile: what somebody answered since the form was shown.
    """

    field: Field
    parts: tuple[BoundField, ...]
    absent: BoundField | None
    seen: BoundField
    meanwhile: tuple[Words, ...] = ()

    @property
    def id(self) -> str:
        return f"id_{self.field.key}"

    @property
    def described_by(self) -> str:
        """The ids of its help, of the newer answer and of its errors, for a group of boxes."""
        ids = [f"{self.id}_helptext"] if self.field.help else []
        ids += [f"{self.id}_meanwhile"] if self.meanwhile else []
        return " ".join([*ids, *(f"{part.auto_id}_error" for part in self.parts if part.errors)])


class ChapterForm(forms.Form):
    """said: what the card says now. After `is_valid`, the new answers stand in `values` and `not_available`."""

    reviewed = forms.BooleanField(label=REVIEWED, help_text=REVIEWED_HELP, required=False)

    def __init__(self, *args: Any, chapter: str, said: Mapping[str, Said], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.asked, self.said = card.section(chapter), said
        self.values: dict[str, Value] = {}
        self.not_available: dict[str, str] = {}
        self.meanwhile: dict[str, tuple[Words, ...]] = {}
        for field in self.asked:
            self._add(field, said.get(field.key))

    def _add(self, field: Field, said: Said | None) -> None:
        value = said.value if said else None
        for name, label in _parts(field):
            self.fields[name] = _box(field, label)
            self.initial[name] = value.get(name.split(".")[1]) if isinstance(value, dict) else value
        if field.not_available:
            self.fields[f"{field.key}.absent"] = forms.CharField(
                label="Not available, because",
                required=False,
                max_length=LONGEST[Kind.TEXT],
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.initial[f"{field.key}.absent"] = said.not_available if said else ""
        self.fields[f"{field.key}.seen"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        self.initial[f"{field.key}.seen"] = said.number if said else 0

    @property
    def questions(self) -> Iterator[Question]:
        for field in self.asked:
            absent = f"{field.key}.absent"
            yield Question(
                field,
                tuple(self[name] for name, _ in _parts(field)),
                self[absent] if absent in self.fields else None,
                self[f"{field.key}.seen"],
                self.meanwhile.get(field.key, ()),
            )

    def catch_up(self, said: Mapping[str, Said], keys: Iterable[str]) -> None:
        """The newer answers to these stand beside what was typed; from now on they count as seen."""
        data = cast("QueryDict", self.data).copy()
        for field in self.asked:
            if field.key in set(keys) and field.key in said:
                self.meanwhile[field.key] = words(field, said[field.key])
                data[f"{field.key}.seen"] = str(said[field.key].number)
        self.data = data

    def clean(self) -> dict[str, Any]:
        for field in self.asked:
            if not any(name in self.errors for name, _ in _parts(field)):
                self._read(field, self.said.get(field.key))
        return self.cleaned_data

    def _read(self, field: Field, said: Said | None) -> None:
        given, reason = self._given(field), str(self.cleaned_data.get(f"{field.key}.absent") or "").strip()
        reason_before = said.not_available if said else ""
        try:
            if not given:
                self._read_absence(field, reason, said)
            elif reason and reason != reason_before:
                self.add_error(f"{field.key}.absent", BOTH)
            elif (value := check_value(field, given)) != (said.value if said else None):
                self.values[field.key] = value
        except NotAnAnswer as error:
            self.add_error(_parts(field)[0][0], str(error))

    def _read_absence(self, field: Field, reason: str, said: Said | None) -> None:
        if reason and reason != (said.not_available if said else ""):
            try:
                self.not_available[field.key] = check_not_available(field, reason)
            except NotAnAnswer as error:
                self.add_error(f"{field.key}.absent", str(error))
        elif said and not reason:
            self.add_error(_parts(field)[0][0], EMPTIED)

    def _given(self, field: Field) -> object:
        """What was typed under the question; falsy when nothing was."""
        if field.kind is not Kind.STATES:
            return self.cleaned_data.get(field.key)
        states = {name.split(".")[1]: self.cleaned_data.get(name) for name, _ in _parts(field)}
        return states if any(states.values()) else None

    @property
    def looked_at(self) -> list[str]:
        """Answers left as they are by somebody who says that they looked at them."""
        if not self.cleaned_data.get("reviewed"):
            return []
        changed = {*self.values, *self.not_available}
        return [field.key for field in self.asked if field.key in self.said and field.key not in changed]

    @property
    def expected(self) -> dict[str, int]:
        """The number of the entry that was shown under each question."""
        return {field.key: self.cleaned_data.get(f"{field.key}.seen") or 0 for field in self.asked}


def _parts(field: Field) -> list[tuple[str, str]]:
    """The names of the boxes of a question, and what each is about."""
    if field.kind is Kind.STATES:
        return [(f"{field.key}.{item}", label) for item, label in field.items.items()]
    return [(field.key, field.question)]


def _box(field: Field, label: str) -> forms.Field:
    shown: dict[str, Any] = {
        "label": label,
        "help_text": "" if field.kind is Kind.STATES else field.help,
        "required": False,
    }
    match field.kind:
        case Kind.LINE:
            return forms.CharField(max_length=LONGEST[field.kind], **shown)
        case Kind.TEXT:
            return forms.CharField(max_length=LONGEST[field.kind], widget=forms.Textarea(attrs={"rows": 2}), **shown)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=list(field.choices.items()), widget=forms.CheckboxSelectMultiple, **shown
            )
        case Kind.DATE:
            return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **shown)
        case Kind.CHOICE | Kind.STATES:
            return forms.ChoiceField(choices=[*NOT_SAID, *field.choices.items()], **shown)
