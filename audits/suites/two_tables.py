"""What do the parts of a drift audit share? Every column of both tables, counted on the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audits.core.drift import Pair, pair
from audits.core.feature_tally import FeatureTally, Shape
from audits.core.label_delay import Delays
from audits.core.values import Column, PlanSpec, Source
from audits.engines import duckdb_features, duckdb_time, frames
from audits.engines.connection import Limits, Progress
from audits.engines.duckdb_dependence import independent_share


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """One column in the reference (before) and in the audited table (now)."""

    before: FeatureTally
    now: FeatureTally
    both: Pair

    @property
    def number(self) -> bool:
        return self.before.spec.shape is not Shape.LEVELS

    @property
    def present(self) -> bool:
        """Whether both tables have values to compare."""
        return self.before.present > 0 and self.now.present > 0


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two tables, counted.

    items: the columns that can drift, in the table's order. sides: those of them that the reference has too. absent:
    why the others cannot be compared. independent: which share of each table's rows counts as independent. delays: how
    long outcomes took; None where the table does not say.
    """

    source: Source
    reference: Source | None
    plan: PlanSpec
    items: tuple[Column, ...]
    sides: Mapping[str, Sides]
    absent: str
    independent: tuple[float, float]
    delays: Delays | None
    progress: Progress
    limits: Limits

    @property
    def repeated(self) -> str:
        """What a method says that takes rows as independent, when patients repeat; "" when they do not."""
        return "; patients repeat, so the interval is too narrow" if min(self.independent) < 1 else ""


def gather(source: Source, reference: Source | None, plan: PlanSpec, *, progress: Progress, limits: Limits) -> Compared:
    """Count what both tables share; nothing when there is no reference.

    Raises NeedsFile when another engine holds one of the tables.
    """
    frames.check_file(source, reference, needed_by="A drift audit")
    items = tuple(item for item in source.columns if duckdb_features.comparable(item))
    sides: dict[str, Sides] = {}
    independent = (1.0, independent_share(source, limits=limits))
    if reference is not None:
        independent = (independent_share(reference, limits=limits), independent[1])
        known = {(item.name, duckdb_features.numeric(item)) for item in reference.columns}
        shared = [item.name for item in items if (item.name, duckdb_features.numeric(item)) in known]
        specs = duckdb_features.specify(source, reference, shared, limits=limits)
        before = duckdb_features.tally(reference, specs, progress=progress, stage="reference", limits=limits)
        now = duckdb_features.tally(source, specs, progress=progress, stage="table", limits=limits)
        sides = {
            name: Sides(first, second, pair(first, second, independent))
            for name, first, second in zip(shared, before, now, strict=True)
        }
    absent = "no reference table was given" if reference is None else "the reference has no such column of this type"
    delays = duckdb_time.delays(source, plan.window, limits=limits)
    return Compared(source, reference, plan, items, sides, absent, independent, delays, progress, limits)
