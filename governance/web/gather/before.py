"""What can the plan decide on the newest evaluation table, before anything runs?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from audits.core.feasibility import Counts, Possible, Statement
from audits.core.slices import in_words
from audits.models.plan import ValidationPlan
from audits.services import feasibility
from governance.web.badges import Badge
from registry.models.table import PredictionTable, TablePurpose

BADGES: Mapping[Possible, Badge] = MappingProxyType(
    {
        Possible.YES: Badge("Yes, as expected", "check-circle", "good"),
        Possible.NO: Badge("No", "x-circle", "bad"),
        Possible.UNKNOWN: Badge("Not known yet", "question-mark-circle", "quiet"),
    }
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One statement, with its answer as a badge. place: for whom, in words."""

    row: Statement
    badge: Badge
    place: str


@dataclass(frozen=True, slots=True)
class Before:
    """open: whether it is what the reader came for; once audits ran, their results are."""

    plan: ValidationPlan
    table: PredictionTable
    counts: Counts
    statements: list[StatementLine]
    open: bool

    @property
    def summary(self) -> str:
        """How many criteria the table is large enough for."""
        counted = Counter(line.row.possible for line in self.statements)
        yes, no, open_ = (counted[each] for each in (Possible.YES, Possible.NO, Possible.UNKNOWN))
        parts = [f"Large enough for {yes} of {len(self.statements)}"]
        parts += [f"too small for {no}"] if no else []
        parts += [f"not known before the run for {open_}"] if open_ else []
        return ", ".join(parts)


def before(plans: Sequence[ValidationPlan], tables: Sequence[PredictionTable], *, audited: bool) -> Before | None:
    """The statements on the plan in force and the newest evaluation table; None while either is missing."""
    table = next((each for each in tables if each.purpose == TablePurpose.EVALUATION), None)
    if not plans or table is None:
        return None
    found = feasibility.of_plan(plans[0], table)
    return Before(plans[0], table, feasibility.counts_of(table), list(map(_line, found)), open=not audited)


def _line(row: Statement) -> StatementLine:
    return StatementLine(row, BADGES[row.possible], in_words(row.slice) or "everyone")
