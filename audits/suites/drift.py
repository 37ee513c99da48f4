"""Does this table still look like the one that the model was made or last checked on, and does it still work?"""

from __future__ import annotations

from collections.abc import Callable

from audits.core import checks
from audits.core.feature_tally import digest_of
from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import column_drift, outcome_delay, over_time, two_tables
from audits.suites.part import Part
from audits.suites.two_tables import Compared

#: The parts of a drift audit, in reading order.
PARTS: tuple[Callable[[Compared], Part], ...] = (column_drift.part, over_time.part, outcome_delay.part)


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Compare every column but subjects and dates with the reference; undefined throughout when there is none."""
    given = two_tables.gather(source, reference, plan, progress=progress, limits=limits or Limits())
    parts = [part(given) for part in PARTS]
    measurements = [measurement for part in parts for measurement in part.measurements]
    facts: dict[str, object] = {}
    for part in parts:
        facts |= part.facts
    criteria = [criterion for criterion in plan.criteria if criterion.kind is Kind.DRIFT]
    tallies = (*(sides.before for sides in given.sides.values()), *(sides.now for sides in given.sides.values()))
    return Result(Kind.DRIFT, tuple(measurements), checks.apply(criteria, measurements), digest_of(tallies), facts)
