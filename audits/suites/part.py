"""What is each part of an audit given, and what does it hand back?

An audit is made of parts (performance, utility, comparison, sites, ...). Each reads what it was given, changes nothing,
and returns measurements with intervals as if rows were independent, and series for the charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audits.core.cells import Cells
from audits.core.people import Board, Repeats
from audits.core.tally import Tally
from audits.core.tally_spec import Slice
from audits.core.values import Measurement, PlanSpec, Source, Target
from audits.engines.connection import Limits, Progress


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """An evaluation table, counted.

    plan: with its targets resolved to scores. found: every slice that must be reported, also those without rows; the
    slice of everyone is `Slice(0, ())`. people: each slice by groups of patients, when the table has a subject column
    and its subjects repeat; None when rows are independent. subjects: how they repeat. targets: those of the plan as it
    was declared. unreached: by the name of a target that no score of this table reaches, why.
    """

    source: Source
    reference: Source | None
    plan: PlanSpec
    tally: Tally
    found: Mapping[Slice, Cells]
    progress: Progress
    limits: Limits
    people: Mapping[Slice, Board] | None = None
    subjects: Repeats | None = None
    targets: tuple[Target, ...] = ()
    unreached: Mapping[str, str] = field(default_factory=dict)

    @property
    def everyone(self) -> Cells:
        return self.found[Slice(0, ())]

    @property
    def rows_per_patient(self) -> float:
        """Above 1 when people is given."""
        return 1.0 if self.subjects is None else self.subjects.per_patient(self.tally.rows)

    def design_factor(self, where: Slice) -> float:
        """The most by which repeated patients multiply a variance in this slice (see `Repeats`); 1 when rows are
        independent. Estimated from its groups of patients, or else that of the whole table."""
        if self.people is None or self.subjects is None:
            return 1.0
        board = self.people.get(where)
        if where.grouping == 0 or board is None:
            return self.subjects.design_factor(self.tally.rows)
        return board.design_factor


@dataclass(frozen=True, slots=True)
class Part:
    """measurements: in reading order. facts: JSON-ready series for charts and pages, merged into the audit's facts."""

    measurements: list[Measurement] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
