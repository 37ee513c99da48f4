"""Is the table itself in order: complete, in range, without repeats, and not seen in training?"""

from __future__ import annotations

from audits.core import checks
from audits.core.quality import column_estimates, digest_of, table_estimates
from audits.core.values import Kind, Measurement, PlanSpec, Result, Source
from audits.engines import duckdb_quality
from audits.engines.connection import Limits, Progress


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Inspect one table; the reference is only asked which subjects it holds."""
    bounds = limits or Limits()
    columns = duckdb_quality.profile(source, progress=progress, limits=bounds)
    table = duckdb_quality.repeats(source, reference, progress=progress, limits=bounds)
    measurements = [
        Measurement(measure, estimate, column=counts.name)
        for counts in columns
        for measure, estimate in column_estimates(counts, plan.confidence).items()
    ]
    measurements += [Measurement(m, e) for m, e in table_estimates(table, plan.confidence).items()]
    criteria = [criterion for criterion in plan.criteria if criterion.kind is Kind.QUALITY]
    facts: dict[str, object] = {
        "rows": table.rows,
        "subjects": table.subjects,
        "columns": [
            {"name": item.name, "role": item.role, "type": item.type, "missing": counts.missing}
            for item, counts in zip(source.columns, columns, strict=True)
        ],
    }
    made = checks.apply(criteria, measurements)
    return Result(Kind.QUALITY, tuple(measurements), made, digest_of(columns, table), facts)
