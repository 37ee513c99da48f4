"""What can the plan decide on the newest evaluation table, before anything runs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audits.core.feasibility import Counts, Possible, Statement
from audits.models.plan import ValidationPlan
from audits.services import feasibility
from registry.models.table import PredictionTable, TablePurpose


@dataclass(frozen=True, slots=True)
class Before:
    """open: whether it is what the reader came for; once audits ran, their results are."""

    plan: ValidationPlan
    table: PredictionTable
    counts: Counts
    statements: list[Statement]
    open: bool

    @property
    def yes(self) -> int:
        return sum(each.possible is Possible.YES for each in self.statements)

    @property
    def no(self) -> int:
        return sum(each.possible is Possible.NO for each in self.statements)


def before(plans: Sequence[ValidationPlan], tables: Sequence[PredictionTable], *, audited: bool) -> Before | None:
    """The statements on the plan in force and the newest evaluation table; None while either is missing."""
    table = next((each for each in tables if each.purpose == TablePurpose.EVALUATION), None)
    if not plans or table is None:
        return None
    found = feasibility.of_plan(plans[0], table)
    return Before(plans[0], table, feasibility.counts_of(table), found, open=not audited)
