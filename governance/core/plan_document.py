"""What does a plan of monitoring, change or risk say? Its JSON document, read strictly and written back in one form.

Refusals name the field by a JSON pointer. A section that is left out or empty is not filled in; a required one must be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audits.core.plan_fields import PlanError, mapping, pointer
from governance.core.change_plan import bounds, check_change, impact, modifications, traceability
from governance.core.plan_text import words
from governance.core.plans import CHANGE, PLANS, PlanSpec, Question, Shape

Document = dict[str, object]
_READERS: Mapping[Shape, Callable[[object, str], object]] = {
    Shape.MODIFICATIONS: modifications,
    Shape.BOUNDS: bounds,
    Shape.TRACEABILITY: traceability,
    Shape.IMPACT: impact,
}


def parse(kind: str, document: object) -> Document:
    """The canonical document of a plan of this kind. Raises PlanError on the first thing that is not exactly right."""
    spec = PLANS.get(kind)
    if spec is None:
        raise PlanError("unknown_kind", "", f"“{kind}” is not one of {', '.join(PLANS)}")
    given = mapping(document, "", allowed=tuple(spec.sections))
    read = {key: _section(spec.sections[key], given[key]) for key in spec.sections if not _empty(given.get(key))}
    for key, question in spec.sections.items():
        if question.required and key not in read:
            raise PlanError("missing_section", pointer("", key), f"this section is required: {question.question}")
    if spec is CHANGE:
        check_change(read)
    return read


def sections(document: Mapping[str, object]) -> tuple[str, ...]:
    """The sections that a frozen plan fills in: `parse` keeps no empty one."""
    return tuple(sorted(document))


def missing(spec: PlanSpec, document: Mapping[str, object]) -> tuple[Question, ...]:
    """The questions that a plan leaves open."""
    return tuple(question for key, question in spec.sections.items() if key not in document)


def changed(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Each section in which two plans differ, with what it said before and what it says now; None for nothing."""
    keys = [*dict.fromkeys([*new, *old])]
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def _section(question: Question, value: object) -> object:
    path = pointer("", question.key)
    if question.shape is Shape.TEXT:
        return words(value, path)
    if question.shape is Shape.PARTS:
        keys = tuple(key for key, _ in question.parts)
        given = mapping(value, path, allowed=keys, required=keys)
        return {key: words(given[key], pointer(path, key)) for key in keys}
    return _READERS[question.shape](value, path)


def _empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == [] or value == {}
