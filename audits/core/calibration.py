"""Does a score of 20% mean 20%? Observed to expected, calibration-in-the-large, and slope, from cells."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import logit

from audits.core.arrays import Floats
from audits.core.cells import Cells
from audits.core.intervals import on_log, symmetric
from audits.core.logistic import fit
from audits.core.values import Estimate

#: Scores of exactly 0 or 1 have no log odds; they are moved here and counted, never dropped.
CLIP = 1e-6
_NOTHING = 1e-200


def oe_ratio(cells: Cells, confidence: float) -> Estimate:
    """Events over the sum of scores; interval on the log scale with SE sqrt((1 - O/n) / O) (Riley 2021)."""
    rows, observed = cells.rows, cells.events
    expected = float(cells.n @ cells.score)
    if observed == 0 or expected < _NOTHING:
        reason = "no events observed" if observed == 0 else "the scores add up to no expected events"
        return Estimate.undefined(reason, n=rows, events=observed)
    interval = on_log(observed / expected, math.sqrt((1 - observed / rows) / observed), confidence)
    method = f"log scale; {observed} observed, {expected:.5g} expected"
    return Estimate(observed / expected, interval.low, interval.high, rows, observed, method)


def calibration_intercept(cells: Cells, confidence: float) -> Estimate:
    """a in logit P(y) = a + logit p, the slope held at 1 (Cox 1958)."""
    rows, events = cells.rows, cells.events
    if events in (0, rows):
        return Estimate.undefined("only one outcome is present", n=rows, events=events)
    line, clipped = log_odds(cells)
    found = fit(np.ones((len(line), 1)), cells.outcome.astype(np.float64), cells.n.astype(np.float64), line)
    if found is None:
        return Estimate.undefined("the fit did not converge", n=rows, events=events)
    return _estimate(cells, float(found.coefficients[0]), float(found.errors[0]), confidence, clipped)


def calibration_slope(cells: Cells, confidence: float) -> Estimate:
    """b in logit P(y) = a + b logit p, both fitted (Cox 1958; Van Calster 2016, J Clin Epidemiol 74:167)."""
    rows, events = cells.rows, cells.events
    if events in (0, rows):
        return Estimate.undefined("only one outcome is present", n=rows, events=events)
    line, clipped = log_odds(cells)
    if len(np.unique(line)) < 2:
        return Estimate.undefined("every score is the same, so there is no slope", n=rows, events=events)
    if separated(line, cells):
        return Estimate.undefined("the scores separate the outcomes completely: no finite slope", n=rows, events=events)
    outcome, weight = cells.outcome.astype(np.float64), cells.n.astype(np.float64)
    # Centred log odds: the slope is the same, and the two columns of the design do not get in each other's way.
    middle = float(weight @ line) / rows
    design = np.column_stack([np.ones(len(line)), line - middle])
    # The line of a perfect model is where the search begins.
    found = fit(design, outcome, weight, np.zeros(len(line)), start=np.array([middle, 1.0]))
    if found is None:
        return Estimate.undefined("the fit did not converge", n=rows, events=events)
    return _estimate(cells, float(found.coefficients[1]), float(found.errors[1]), confidence, clipped)


def log_odds(cells: Cells) -> tuple[Floats, int]:
    """logit of the clipped scores, float64[m], and how many rows were clipped."""
    outside = (cells.score < CLIP) | (cells.score > 1 - CLIP)
    return np.asarray(logit(np.clip(cells.score, CLIP, 1 - CLIP))), int(cells.n[outside].sum())


def separated(line: Floats, cells: Cells) -> bool:
    """One cut parts the outcomes, ties at it allowed: then the likelihood has no maximum (Albert & Anderson 1984)."""
    with_outcome, without = line[cells.outcome == 1], line[cells.outcome == 0]
    return bool(with_outcome.min() >= without.max() or without.min() >= with_outcome.max())


def _estimate(cells: Cells, value: float, error: float, confidence: float, clipped: int) -> Estimate:
    interval = symmetric(value, error, confidence)
    method = "logistic recalibration, information matrix"
    if clipped:
        method += f"; {clipped} scores of 0 or 1 clipped to {CLIP:g} or 1 - {CLIP:g}"
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)
