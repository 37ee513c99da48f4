"""How does the whole calibration curve look, how far is it from the diagonal, and in which direction?"""

from __future__ import annotations

import numpy as np

from audits.core import functionals, jackknife
from audits.core.calibration import oe_ratio
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import Curve, clustered, curve_of
from audits.core.calibration_distance import distances
from audits.core.calibration_words import drawn_range, places_of, words
from audits.core.cells import Cells
from audits.core.gates import Floor
from audits.core.intervals import quantile_of
from audits.core.randomness import stream
from audits.core.scales import Scale
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
    patients repeat); "words" is the caption, and rests on O/E and on a band that holds at all scores at once.
    """
    cells, confidence = scored.everyone, scored.plan.confidence
    refused = Floor(scored.plan.show_events, scored.plan.show_nonevents).refuse(cells)
    if refused is not None:
        return {"refused": refused.reason, "words": words(refused)}
    ratio, found = _ratio(scored), curve_of(cells)
    if isinstance(found, str):
        return {"refused": found, "words": words(ratio)}
    board = scored.people.get(Slice(0, ())) if scored.people is not None else None
    curve: Curve = found if board is None else clustered(found, board)
    score = drawn_range(cells)
    low, high = curve.band(score, quantile_of(confidence))
    series = {"score": score, "observed": curve.at(score), "low": low, "high": high}
    return {
        **{key: [_short(value) for value in values] for key, values in series.items()},
        "words": words(ratio, places_of(curve, score, confidence)),
        "method": f"{curve.method}; band at each score alone; scores from the 1st to the 99th percentile",
    }


def _ratio(scored: Scored) -> Estimate:
    """Everyone's O/E, with the interval from groups of patients where patients repeat."""
    cells, confidence = scored.everyone, scored.plan.confidence
    plain = oe_ratio(cells, confidence)
    board = scored.people.get(Slice(0, ())) if scored.people is not None else None
    if board is None or plain.value is None:
        return plain
    found = jackknife.limits(board, board.left_out(), functionals.oe_ratio, Scale.LOG, plain.value, confidence)
    return plain if found is None else Estimate(plain.value, found.low, found.high, plain.n, plain.events, "jackknife")


def _short(value: np.float64) -> float:
    return float(f"{value:.{_DIGITS}g}")
