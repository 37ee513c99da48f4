"""How is a plan typed in without a script? Its forms, the document that they make, and where refusals belong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from governance.core.plans import CHANGE, PlanSpec
from governance.errors import GovernedPlanRefused
from governance.web.forms_plans import (
    BoundForm,
    ModificationForm,
    PlanForm,
    bounds_of,
    change_sections,
    initial_of,
    modifications_of,
)

MOST_ROWS = 50
MORE = {"more-modifications": "modifications", "more-bounds": "bounds"}
_AT = re.compile(r"/(?P<section>[a-z_]+)(?:/each)?(?:/(?P<row>\d+))?(?:/(?P<field>[a-z_]+))?")
#: Sections that a planned change carries in its own form.
_OF_CHANGE = ("modifications", "traceability", "impact")

ModificationSet = forms.formset_factory(ModificationForm, extra=1, max_num=MOST_ROWS)
BoundSet = forms.formset_factory(BoundForm, extra=1, max_num=MOST_ROWS)


class Editor:
    """words: the sections in words. changes, bounds: the rows of a change plan; None for other kinds."""

    def __init__(self, spec: PlanSpec, document: Mapping[str, Any], data: QueryDict | None) -> None:
        self.more = next((MORE[name] for name in MORE if data is not None and name in data), "")
        data = _with_more(data, self.more) if data is not None and self.more else data
        self.data = data
        self.words = PlanForm(data, spec=spec, initial=initial_of(document), prefix="plan")
        self.changes: Any = None
        self.bounds: Any = None
        if spec is CHANGE:
            self.changes = ModificationSet(data, initial=modifications_of(document), prefix="modifications")
            self.bounds = BoundSet(data, initial=bounds_of(document), prefix="bounds")

    @property
    def is_ready(self) -> bool:
        """Whether there is a document to be judged: it can be read, and neither a row nor a plan was asked for."""
        sets = [each for each in (self.words, self.changes, self.bounds) if each is not None]
        readable = [each.is_valid() for each in sets]
        return all(readable) and not self.more and not self.look

    @property
    def document(self) -> dict[str, Any]:
        found = self.words.document
        if self.changes is None:
            return found
        sections = change_sections(_said(self.changes), _said(self.bounds))
        impact = {"each": sections.pop("each"), "together": found.pop("impact", {}).get("together", "")}
        return {**found, **sections, "impact": impact}

    @property
    def after(self) -> int:
        """The plan that the author was shown, by number; 0 where the page did not say, which is none."""
        return self._number("after")

    @property
    def look(self) -> int:
        """The plan that was frozen meanwhile and that the author now asks to see; 0 where they do not."""
        return self._number("look")

    def _number(self, name: str) -> int:
        given = self.data.get(name, "") if self.data is not None else ""
        return int(given) if given.isdecimal() else 0

    def point(self, refused: GovernedPlanRefused) -> None:
        """Put the refusal beside the field that it is about; it stands on top of the page as well."""
        at = _AT.fullmatch(str(refused.facts.get("pointer", "")))
        if at is None:
            return
        form, field = self._place(at["section"], at["row"], at["field"])
        if form is not None:
            form.add_error(field if field in form.fields else None, refused.message)

    def _place(self, section: str, row: str | None, field: str | None) -> tuple[forms.Form | None, str]:
        if self.changes is not None and row is not None:
            forms_of = _said(self.bounds if section == "bounds" else self.changes)
            known = section == "bounds" or section in _OF_CHANGE
            if known and int(row) < len(forms_of):
                return forms_of[int(row)], "id" if field == "modification" else field or ""
        return self.words, f"{section}.{field}" if field else section


def _said(formset: Any) -> list[forms.Form]:  # noqa: ANN401 - a formset's class is made at run time
    """The rows that say something; a blank one is none."""
    return [form for form in formset if any(form.cleaned_data.get(name) for name in form.fields if name != "on")]


def _with_more(data: QueryDict, prefix: str) -> QueryDict:
    """What was typed, with room for one more row."""
    changed = data.copy()
    name = f"{prefix}-TOTAL_FORMS"
    given = changed.get(name, "0")
    total = int(given) if given.isdecimal() else 0
    changed[name] = str(min(total + 1, MOST_ROWS))
    return changed
