"""What was asked beforehand? The criteria of frozen plans, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audits.models.plan import ValidationPlan
from governance.reports.words import bounds, label, place


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """bound: what is asked and how much evidence it needs. place: for whom, and at which operating point."""

    name: str
    measure: str
    bound: str
    place: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    row: ValidationPlan
    criteria: tuple[CriterionLine, ...]


def lines(plans: Iterable[ValidationPlan]) -> list[PlanLine]:
    """In the order given."""
    return [PlanLine(plan, tuple(map(_line, plan.document.get("criteria", ())))) for plan in plans]


def _line(criterion: dict[str, object]) -> CriterionLine:
    measure = label(str(criterion.get("measure", "")))
    return CriterionLine(str(criterion.get("id", "")), measure, bounds(criterion), place(criterion))
