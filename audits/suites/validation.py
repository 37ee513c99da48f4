"""How well does the model rank, calibrate and decide, for everyone and for each slice?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audits.core import checks, curves
from audits.core.accuracy import brier, scaled_brier
from audits.core.calibration import calibration_intercept, calibration_slope, oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc, average_precision
from audits.core.gates import Floor
from audits.core.operating import SHARES, confusion, proportion, share
from audits.core.tally_spec import Slice
from audits.core.values import Estimate, Kind, Measurement, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import scored


def _prevalence(cells: Cells, confidence: float) -> Estimate:
    rows, events = cells.rows, cells.events
    return proportion(events, rows, confidence, n=rows, events=events, nothing="no rows")


#: Measures of the scores themselves: one per slice.
_WHOLE: Mapping[str, Callable[[Cells, float], Estimate]] = {
    "auroc": auroc,
    "average_precision": average_precision,
    "brier": brier,
    "scaled_brier": scaled_brier,
    "oe_ratio": oe_ratio,
    "calibration_intercept": calibration_intercept,
    "calibration_slope": calibration_slope,
    "prevalence": _prevalence,
}


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Validate the scores of one table. The reference table is not looked at."""
    bounds = limits or Limits()
    tally = scored.count(source, plan, progress=progress, limits=bounds)
    found = scored.reported(source, tally)
    measurements: list[Measurement] = []
    for done, (where, cells) in enumerate(found.items()):
        progress("measures", done, len(found))
        measurements.extend(measure_slice(cells, where.name(tally.spec), tally.spec.cuts, plan))
    progress("measures", len(found), len(found))
    everyone = found[Slice(0, ())]
    facts = {
        **scored.table_facts(source, tally, limits=bounds),
        "roc": curves.roc(everyone),
        "calibration": curves.calibration(everyone, plan.confidence),
        "scores": curves.histogram(everyone),
        "operating_points": [{"name": p.name, "score": p.score} for p in plan.operating_points],
    }
    criteria = [criterion for criterion in plan.criteria if criterion.kind is Kind.VALIDATION]
    return Result(Kind.VALIDATION, tuple(measurements), checks.apply(criteria, measurements), tally.digest, facts)


def measure_slice(cells: Cells, name: str, cuts: tuple[float, ...], plan: PlanSpec) -> list[Measurement]:
    """Every measure of one slice; the same undefined estimate for all when the slice is too small."""
    refused = Floor(plan.show_events, plan.show_nonevents).refuse(cells)
    made = [
        Measurement(measure, refused or estimate(cells, plan.confidence), slice=name)
        for measure, estimate in _WHOLE.items()
    ]
    for point in plan.operating_points:
        counts = confusion(cells, cuts.index(point.score))
        made.extend(
            Measurement(measure, refused or share(measure, counts, plan.confidence), name, operating_point=point.name)
            for measure in SHARES
        )
    return made
