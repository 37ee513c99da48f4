"""How well does the model rank, fit and flag, for everyone and for each slice?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audits.core import curves
from audits.core.accuracy import brier, scaled_brier
from audits.core.calibration import calibration_intercept, calibration_slope, oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc, average_precision
from audits.core.gates import Floor
from audits.core.operating import SHARES, confusion, proportion, share
from audits.core.ratios import RATIOS
from audits.core.values import Estimate, Measurement, PlanSpec
from audits.suites.part import Part, Scored


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


def part(scored: Scored) -> Part:
    """Measures of the scores and of each operating point, and the curves of everyone."""
    cuts, plan = scored.tally.spec.cuts, scored.plan
    measurements: list[Measurement] = []
    for done, (where, cells) in enumerate(scored.found.items()):
        scored.progress("measures", done, len(scored.found))
        measurements.extend(measure_slice(cells, where.name(scored.tally.spec), cuts, plan))
    scored.progress("measures", len(scored.found), len(scored.found))
    everyone = scored.everyone
    facts: dict[str, object] = {
        "roc": curves.roc(everyone),
        "precision_recall": curves.precision_recall(everyone),
        "prevalence": everyone.events / everyone.rows if everyone.rows else None,
        "calibration": curves.calibration(everyone, plan.confidence),
        "scores": curves.histogram(everyone),
        "operating_points": _points(scored),
    }
    return Part(measurements, facts)


def _points(scored: Scored) -> list[dict[str, object]]:
    """Each operating point's score, and the target that it was resolved from."""
    aims = {target.name: f"{target.rate.value.replace('_', ' ')} {target.value:g}" for target in scored.targets}
    return [
        {"name": p.name, "score": p.score, **({"target": aims[p.name]} if p.name in aims else {})}
        for p in scored.plan.operating_points
    ]


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
        made.extend(
            Measurement(measure, refused or estimate(counts, plan.confidence), name, operating_point=point.name)
            for measure, estimate in RATIOS.items()
        )
    return made
