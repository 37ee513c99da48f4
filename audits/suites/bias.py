"""Does the model treat groups alike, for each declared grouping and operating point? The bias audit."""

from __future__ import annotations

from collections.abc import Callable

from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import group_differences, group_gaps, representativeness, scored, subgroup_scan
from audits.suites.part import Part, Scored

#: The parts of a bias audit, in reading order.
PARTS: tuple[Callable[[Scored], Part], ...] = (
    group_differences.part,
    group_gaps.part,
    subgroup_scan.part,
    representativeness.part,
)


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Compare groups on one table. The reference table is not looked at."""
    representativeness.check(source, plan)
    given = scored.gather(source, reference, plan, progress=progress, limits=limits or Limits())
    return scored.result(Kind.BIAS, given, [part(given) for part in PARTS])
