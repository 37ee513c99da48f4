"""In which direction is the model wrong? The caption of the calibration curve, in words that cannot be read backwards.

Observed above the diagonal means more events than predicted: the model UNDER-predicts. Below it, it OVER-predicts.
"""

from __future__ import annotations

import numpy as np

from audits.core.arrays import Flags, Floats
from audits.core.calibration import CLIP
from audits.core.calibration_curve import Curve
from audits.core.cells import Cells
from audits.core.figures import decimals, rounded
from audits.core.spline import weighted_quantiles
from audits.core.values import Estimate

#: The curve is drawn between these quantiles of the scores; beyond them it rests on next to no rows.
RANGE = (0.01, 0.99)
POINTS = 100


def words(oe_ratio: Estimate, places: str = "") -> str:
    """Whether the model under- or over-predicts, from O/E and its interval. places: what `places_of` says."""
    if oe_ratio.value is None:
        return f"It cannot be told whether the model under- or over-predicts: {oe_ratio.reason}."
    if oe_ratio.low is None or oe_ratio.high is None:
        return "It cannot be told whether the model under- or over-predicts: the ratio of events has no interval."
    low, high = oe_ratio.low, oe_ratio.high
    if low > 1:
        begin = "The model under-predicts"
    elif high < 1:
        begin = "The model over-predicts"
    else:
        begin = "On average it cannot be told whether the model under- or over-predicts"
    value, least, most = _per_hundred(oe_ratio.value, low, high)
    text = f"{begin}: {value} events happened for every 100 predicted ({least} to {most})."
    return f"{text} {places}".rstrip()


def _per_hundred(value: float, low: float, high: float) -> list[str]:
    """In print, with decimals enough that an interval which leaves out 100 does not seem to hold it."""
    kept = max(0, decimals(100 * low, 100 * high, near=100 * value))
    while kept < 6 and any(end != 1 and round(100 * end, kept) == 100 for end in (low, high)):
        kept += 1
    return [rounded(100 * number, kept) for number in (value, low, high)]


def drawn_range(cells: Cells) -> Floats:
    """float64[POINTS]: evenly spaced scores from the 1st to the 99th percentile, both included."""
    low, high = weighted_quantiles(cells.score, cells.n.astype(np.float64), RANGE)
    return np.linspace(low, high, POINTS)


def places_of(curve: Curve, score: Floats, confidence: float) -> str:
    """Where the curve certainly leaves the diagonal, in one sentence; "" where it never does.

    Certainly: outside a band that holds at all scores at once (`quantile_everywhere`), because the places are
    picked by looking. Scores of 0 and 1 were moved to `CLIP` and 1 - `CLIP` before the curve was fitted, and what lies
    beyond those is not told apart. score: float64[m], increasing.
    """
    quantile = curve.quantile_everywhere(confidence)
    if not np.isfinite(quantile):
        return ""
    low, high = curve.band(score, quantile)
    aim = np.clip(score, CLIP, 1 - CLIP)
    under, over = (low > aim) & (aim < 1 - CLIP), (high < aim) & (aim > CLIP)
    sides = [("under-predicts", _spans(score, under)), ("over-predicts", _spans(score, over))]
    said = [f"it {verb} at scores {' and '.join(spans)}" for verb, spans in sides if spans]
    return f"The curve leaves the diagonal beyond doubt: {'; '.join(said)}." if said else ""


def _spans(score: Floats, inside: Flags) -> list[str]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int64)))
    return [_span(float(score[first]), float(score[after - 1])) for first, after in edges.reshape(-1, 2)]


def _span(first: float, last: float) -> str:
    low, high = (f"{100 * end:.3g}%" for end in (first, last))
    return f"of {low}" if low == high else f"from {low} to {high}"
