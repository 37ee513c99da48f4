"""How far are the scores from what happened? The Brier score and its share of the prevalence's own, from cells."""

from __future__ import annotations

import math

import numpy as np

from audits.core.cells import Cells
from audits.core.intervals import Interval, symmetric, wilson
from audits.core.values import Estimate


def brier_point(cells: Cells) -> float:
    """Mean of (score - outcome)^2; exact from the sums even when scores are binned."""
    return float(cells.n @ (cells.square - 2 * cells.score * cells.outcome + cells.outcome)) / cells.rows


def brier(cells: Cells, confidence: float) -> Estimate:
    """Brier score with the interval of a mean."""
    value, interval, method = _brier(cells, confidence)
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)


def scaled_brier(cells: Cells, confidence: float) -> Estimate:
    """1 - Brier / (prevalence * (1 - prevalence)); interval by the delta method, the prevalence estimated too."""
    rows, events = cells.rows, cells.events
    share = events / rows
    spread = share * (1 - share)
    if spread == 0.0:
        return Estimate.undefined("only one outcome is present", n=rows, events=events)
    point, interval, method = _brier(cells, confidence)
    value = 1 - point / spread
    # First-order influence of one row on 1 - B/v with v = share(1 - share): both B and v move.
    loss = (cells.score - cells.outcome) ** 2
    influence = -(loss - point) / spread + point * (1 - 2 * share) * (cells.outcome - share) / spread**2
    error = math.sqrt(float(cells.n @ influence**2)) / rows
    if error > 0.0:
        scaled, method = symmetric(value, error, confidence, high=1.0), "delta method"
    else:
        scaled = Interval(1 - interval.high / spread, 1 - interval.low / spread)
    return Estimate(value, min(scaled.low, value), max(scaled.high, value), rows, events, method)


def _brier(cells: Cells, confidence: float) -> tuple[float, Interval, str]:
    """Value, interval and method."""
    value, rows = min(1.0, max(0.0, brier_point(cells))), cells.rows
    if np.all((cells.score == 0.0) | (cells.score == 1.0)):
        # Scores of 0 and 1 make it an error rate, and a perfect one would otherwise get an interval of no width.
        return value, wilson(round(value * rows), rows, confidence), "Wilson (scores are all 0 or 1)"
    loss = (cells.score - cells.outcome) ** 2
    variance = float(cells.n @ (loss - value) ** 2) / max(1, rows - 1)
    return value, symmetric(value, math.sqrt(variance / rows), confidence, low=0.0, high=1.0), "mean of squared errors"
