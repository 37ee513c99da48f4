"""How well does the model rank, calibrate and decide, for everyone and for each slice? The validation audit."""

from __future__ import annotations

from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import calibration_fit, comparison, performance, scored, sites, targets, utility
from audits.suites.part import Part, Scored


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Validate the scores of one table. The reference table is not looked at."""
    comparison.check(source)
    given = scored.gather(source, reference, plan, progress=progress, limits=limits or Limits())
    return scored.result(Kind.VALIDATION, given, parts(given))


def parts(given: Scored) -> list[Part]:
    """What a validation is made of, in reading order.

    The existing method is counted once, for utility and for the comparison itself.
    """
    compared = comparison.counted(given)
    return [
        performance.part(given),
        calibration_fit.part(given),
        utility.part(given, compared),
        targets.part(given),
        comparison.part(given, compared),
        sites.part(given),
    ]
