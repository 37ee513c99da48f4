"""How does the whole calibration curve look, how far is it from the diagonal, and in which direction?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audits.core import functionals, jackknife
from audits.core.calibration import oe_ratio
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import Curve, clustered, curve_of
from audits.core.calibration_distance import distances
from audits.core.calibration_words import drawn_range, places_of, words
from audits.core.cells import Cells
from audits.core.gates import Floor
from audits.core.randomness import stream
from audits.core.scales import Scale, widened
from audits.core.tally_spec import Slice
from audits.core.values import Estimate, Measurement, PlanSpec
from audits.suites.part import Part, Scored

_KEYS = ("ici", "e50", "e90", "emax", "ece")
#: Significant digits in a chart.
_DIGITS = 5


def part(scored: Scored) -> Part:
    """The distances from the diagonal of every slice, and everyone's curve with its caption."""
    made: list[Measurement] = []
    for done, (where, cells) in enumerate(scored.found.items()):
        scored.progress("calibration", done, len(scored.found))
        name = where.name(scored.tally.spec)
        made.extend(Measurement(measure, e, slice=name) for measure, e in _of_slice(cells, name, scored.plan).items())
    scored.progress("calibration", len(scored.found), len(scored.found))
    return Part(made, {"calibration_curve": _drawn(scored)})


def _of_slice(cells: Cells, name: str, plan: PlanSpec) -> dict[str, Estimate]:
    refused = Floor(plan.show_events, plan.show_nonevents).refuse(cells)
    if refused is not None:
        return dict.fromkeys(_KEYS, refused)
    rng = stream(plan.seed, "calibration", name)
    found = distances(cells, curve_of(cells), plan.confidence, plan.replicates, rng)
    return {**found, "ece": calibration_error(cells, plan.confidence, plan.replicates, rng)}


def _drawn(scored: Scored) -> dict[str, object]:
    """The curve of everyone between the 1st and the 99th percentile of the scores, or why it is refused.

    The band holds at one score at a time (log odds, information matrix, or the jackknife over groups of patients where
    patients repeat, or widened where those cannot be compared); "words" is the caption, and rests on O/E and on a band
    that holds at all scores at once.
    """
    cells, confidence = scored.everyone, scored.plan.confidence
    refused = Floor(scored.plan.show_events, scored.plan.show_nonevents).refuse(cells)
    if refused is not None:
        return {"refused": refused.reason, "words": words(refused)}
    ratio, found = _ratio(scored), curve_of(cells)
    if isinstance(found, str):
        return {"refused": found, "words": words(ratio)}
    curve, whose = _honest(scored, found)
    score = drawn_range(cells)
    low, high = curve.band(score, curve.quantile(confidence))
    series = {"score": score, "observed": curve.at(score), "low": low, "high": high}
    return {
        **{key: [_short(value) for value in values] for key, values in series.items()},
        "words": words(ratio, places_of(curve, score, confidence)),
        "method": f"{curve.method}; band at each score alone; scores from the 1st to the 99th percentile{whose}",
    }


def _honest(scored: Scored, curve: Curve) -> tuple[Curve, str]:
    """The curve as sure as repeated patients allow, and how that was found, in words."""
    if scored.people is None:
        return curve, ""
    where = Slice(0, ())
    factor = scored.design_factor(where)
    made = clustered(curve, scored.people.get(where), factor)
    if made.groups is not None:
        return made, f"; jackknife over {made.groups} groups of patients"
    return made, f"; widened by the root of {factor:.4g} rows per patient, weighed by rows"


def _ratio(scored: Scored) -> Estimate:
    """Everyone's O/E, with the interval from groups of patients where patients repeat, or as wide as they can make it
    where groups cannot be compared."""
    cells, confidence, where = scored.everyone, scored.plan.confidence, Slice(0, ())
    plain = oe_ratio(cells, confidence)
    if scored.people is None or plain.value is None or plain.low is None or plain.high is None:
        return plain
    board, found = scored.people.get(where), None
    if board is not None:
        found = jackknife.limits(board, board.left_out(), functionals.oe_ratio, Scale.LOG, plain.value, confidence)
    low, high = found or widened(plain, Scale.LOG, scored.design_factor(where))
    return replace(plain, low=low, high=high)


def _short(value: np.float64) -> float:
    return float(f"{value:.{_DIGITS}g}")
