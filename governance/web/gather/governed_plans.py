"""What does a plan of monitoring, change or risk say, and what changed since the one before? Lines of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audits.core.catalog import CATALOG
from governance.core import plan_document
from governance.core.change_plan import bounds_of
from governance.core.plans import CHANGE, PLANS, PlanSpec, Question, Shape
from governance.models.plan import GovernedPlan
from governance.web.records import Node, nodes

HOW = {"manual": "Made by people", "automatic": "Made by the system itself"}
WHERE = {"global": "the same everywhere", "local": "each place its own"}


@dataclass(frozen=True, slots=True)
class Change:
    """One planned modification, with its steps and its impact."""

    id: str
    description: str
    manner: str
    why: str
    steps: tuple[str, ...]
    benefits: str
    risks: str
    mitigation: str


@dataclass(frozen=True, slots=True)
class BoundLine:
    """A bound in words."""

    measure: str
    place: str
    for_changes: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A section. text: of a section in words. parts: of a section in parts, each question with its answer."""

    question: Question
    text: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    bounds: tuple[BoundLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A section that differs between two plans; nothing where it was not filled in."""

    question: str
    before: tuple[Node, ...]
    after: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan as its page shows it. missing: the questions that it leaves open."""

    plan: GovernedPlan
    answers: tuple[Answer, ...]
    missing: tuple[Question, ...]


def shown(plan: GovernedPlan) -> Shown:
    spec = PLANS[plan.kind]
    answers = tuple(
        _answer(question, plan.document)
        for key, question in spec.sections.items()
        if key in plan.document and question.shape is not Shape.TRACEABILITY
    )
    return Shown(plan, answers, plan_document.missing(spec, plan.document))


def differences(spec: PlanSpec, old: GovernedPlan, new: GovernedPlan) -> tuple[Difference, ...]:
    """What changed from one plan to the other, section by section."""
    return tuple(
        Difference(spec.sections[key].question, _nodes(before), _nodes(after))
        for key, (before, after) in plan_document.changed(old.document, new.document).items()
    )


def _nodes(value: object) -> tuple[Node, ...]:
    return () if value is None else nodes(value)


def _answer(question: Question, document: Mapping[str, Any]) -> Answer:
    value = document[question.key]
    if question.shape is Shape.TEXT:
        return Answer(question, text=value)
    if question.shape is Shape.PARTS:
        return Answer(question, parts=tuple((words, value[key]) for key, words in question.parts))
    if question.shape is Shape.BOUNDS:
        return Answer(question, bounds=_bounds(document))
    if question.shape is Shape.IMPACT:
        return Answer(question, text=value["together"])
    return Answer(question, changes=_changes(document))


def _changes(document: Mapping[str, Any]) -> tuple[Change, ...]:
    steps = {row["modification"]: row["steps"] for row in document["traceability"]}
    impacts = {row["modification"]: row for row in document["impact"]["each"]}
    return tuple(
        Change(
            each["id"],
            each["description"],
            f"{HOW[each['how']]}, {WHERE[each['where']]}.",
            each["why_inside_intended_use"],
            tuple(CHANGE.sections[step].question for step in steps[each["id"]]),
            impacts[each["id"]]["benefits"],
            impacts[each["id"]]["risks"],
            impacts[each["id"]]["mitigation"],
        )
        for each in document["modifications"]
    )


def _bounds(document: Mapping[str, Any]) -> tuple[BoundLine, ...]:
    found = []
    for bound in bounds_of(document):
        asks = [
            words.format(value)
            for words, value in (
                ("at least {:g}", bound.minimum),
                ("at most {:g}", bound.maximum),
                ("worse than the version before by at most {:g}", bound.not_worse_by),
                ("on at least {:,} patients", bound.minimum_n or None),
            )
            if value is not None
        ]
        whole = "the whole interval" if bound.on == "interval" else "the estimate"
        places = [bound.slice, f"between the groups of {bound.across}" if bound.across else ""]
        places.append(f"at {bound.operating_point}" if bound.operating_point else "")
        place = ", ".join(each for each in places if each) or "everybody"
        asks[0] = f"{whole}: {asks[0]}"
        found.append(BoundLine(CATALOG[bound.measure].label, place, ", ".join(bound.modifications), tuple(asks)))
    return tuple(found)
