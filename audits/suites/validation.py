"""How well does the model rank, calibrate and decide, for everyone and for each slice? The validation audit."""

from __future__ import annotations

from collections.abc import Callable

from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import performance, scored
from audits.suites.part import Part, Scored

#: The parts of a validation, in reading order.
PARTS: tuple[Callable[[Scored], Part], ...] = (performance.part,)


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Validate the scores of one table. The reference table is not looked at."""
    given = scored.gather(source, reference, plan, progress=progress, limits=limits or Limits())
    return scored.result(Kind.VALIDATION, given, [part(given) for part in PARTS])
