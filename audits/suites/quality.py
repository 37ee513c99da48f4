"""Is the table itself in order: complete, in range, without repeats, not seen in training, its outcomes known?"""

from __future__ import annotations

from audits.core import checks, quality, quality_extra
from audits.core.quality_extra import ColumnExtras, GroupCounts, TableExtras
from audits.core.values import Kind, Measurement, PlanSpec, Result, Source
from audits.engines import duckdb_quality, duckdb_quality_extra, duckdb_repeats, frames
from audits.engines.connection import Limits, Progress
from audits.suites.part import Part

#: Columns whose shares are listed group by group; the rest is in the measurements.
_LISTED = 40


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Inspect one table; the reference is asked which subjects, levels and rows it holds.

    Raises NeedsFile when another engine holds one of the tables.
    """
    frames.check_file(source, reference, needed_by="A quality audit")
    bounds = limits or Limits()
    profile = duckdb_quality.profile(source, reference, plan.subgroups, progress=progress, limits=bounds)
    columns, values, groups = profile.columns, profile.extras, profile.groups
    repeats = duckdb_repeats.repeats(source, reference, columns, progress=progress, limits=bounds)
    whole = duckdb_quality_extra.table(source, reference, repeats, progress=progress, limits=bounds)
    table = repeats.table
    measurements = [
        Measurement(measure, estimate, column=counts.name)
        for counts in columns
        for measure, estimate in quality.column_estimates(counts, plan.confidence).items()
    ]
    measurements += [Measurement(m, e) for m, e in quality.table_estimates(table, plan.confidence).items()]
    facts: dict[str, object] = {
        "rows": table.rows,
        "subjects": table.subjects,
        "columns": [
            {"name": item.name, "role": item.role, "type": item.type, "missing": counts.missing}
            for item, counts in zip(source.columns, columns, strict=True)
        ],
    }
    for part in (_values(source, reference, plan, values), _evenness(source, plan, groups), _whole(plan, whole)):
        measurements += part.measurements
        facts |= part.facts
    criteria = [criterion for criterion in plan.criteria if criterion.kind is Kind.QUALITY]
    made = checks.apply(criteria, measurements)
    counted = quality.digest_of(columns, table, *values, *groups, whole)
    return Result(Kind.QUALITY, tuple(measurements), made, counted, facts)


def _values(source: Source, reference: Source | None, plan: PlanSpec, values: tuple[ColumnExtras, ...]) -> Part:
    """What the columns hold: one value above all others, levels that training never had."""
    return Part(
        [
            Measurement(measure, estimate, column=item.name)
            for item, counts in zip(source.columns, values, strict=True)
            for measure, estimate in quality_extra.column_estimates(
                counts,
                text=duckdb_quality.is_categorical(item),
                has_reference=reference is not None,
                confidence=plan.confidence,
            ).items()
        ]
    )


def _evenness(source: Source, plan: PlanSpec, groups: tuple[GroupCounts, ...]) -> Part:
    """Whether what is missing is missing from some groups more than from others."""
    least = _least(plan)
    names = [item.name for item in source.columns]
    gaps = {
        name: quality_extra.missing_gap(
            [group for group in groups if group.across != name], place, least, plan.confidence
        )
        for place, name in enumerate(names)
    }
    listed = quality_extra.missing_facts(groups, names, gaps, least=least, most=_LISTED)
    made = [Measurement("missing_share_gap", gap, column=name) for name, gap in gaps.items()]
    return Part(made, {"missing_by_group": listed})


def _whole(plan: PlanSpec, whole: TableExtras) -> Part:
    made = [Measurement(m, e) for m, e in quality_extra.table_estimates(whole, plan.confidence).items()]
    return Part(made, {"label_coverage": quality_extra.coverage_facts(whole, _least(plan))})


def _least(plan: PlanSpec) -> int:
    """Rows that a group needs to be shown by itself: what a slice needs, whatever its outcomes."""
    return plan.show_events + plan.show_nonevents
