"""What would calibration-in-the-large and the slope be on other weights? Newton's method on many weightings at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats
from audits.core.calibration import log_odds
from audits.core.cells import Cells
from audits.core.functionals import divide

_STEPS = 30
#: A step below this share of the coefficient's own size changes no digit of an interval.
_SETTLED = 1e-8
_FAR = 30.0


def calibration_intercept(cells: Cells, weights: Floats) -> Floats:
    """a in logit P(y) = a + logit p."""
    line, _ = log_odds(cells)
    return _fitted(np.ones((len(line), 1)), line, cells, weights)[:, 0]


def calibration_slope(cells: Cells, weights: Floats) -> Floats:
    """b in logit P(y) = a + b logit p, both fitted."""
    line, _ = log_odds(cells)
    if len(np.unique(line)) < 2:
        return np.full(len(weights), np.nan)
    # Centred and scaled, so that the two columns of the design do not get in each other's way.
    centre, spread = float(np.average(line, weights=cells.n)), float(np.std(line))
    design = np.column_stack([np.ones(len(line)), (line - centre) / spread])
    return _fitted(design, np.zeros(len(line)), cells, weights)[:, 1] / spread


def _fitted(design: Floats, offset: Floats, cells: Cells, weights: Floats) -> Floats:
    """float64[R, k]: coefficients of each weighting, NaN where a fit does not settle.

    All start from the fit of the weightings together, which replicates are never far from.
    """
    outcome = cells.outcome.astype(np.float64)
    start = _newton(design, offset, outcome, weights.sum(axis=0, keepdims=True), np.zeros((1, design.shape[1])))
    if not np.isfinite(start).all():
        return np.full((len(weights), design.shape[1]), np.nan)
    return _newton(design, offset, outcome, weights, np.repeat(start, len(weights), axis=0))


def _newton(design: Floats, offset: Floats, outcome: Floats, weights: Floats, beta: Floats) -> Floats:
    """beta: float64[R, k], where to start."""
    beta, moving = beta.copy(), np.arange(len(weights))
    products = np.einsum("mi,mj->mij", design, design).reshape(len(design), -1)
    size = design.shape[1]
    for _ in range(_STEPS):
        mean = expit(beta[moving] @ design.T + offset)
        gradient = (weights[moving] * (outcome - mean)) @ design
        information = ((weights[moving] * mean * (1 - mean)) @ products).reshape(-1, size, size)
        step = _solved(information, gradient)
        # Half a step where a whole one would run off: near the optimum steps are small and never halved.
        longest = np.abs(step).max(axis=1, keepdims=True)
        beta[moving] += step * np.minimum(1.0, divide(np.full_like(longest, 2.0), longest + 1e-12))
        lost = ~np.isfinite(beta[moving]).all(axis=1) | (np.abs(beta[moving]).max(axis=1) > _FAR)
        beta[moving[lost]] = np.nan
        moving = moving[~lost & (longest[:, 0] > _SETTLED)]
        if not len(moving):
            return beta
    beta[moving] = np.nan
    return beta


def _solved(information: Floats, gradient: Floats) -> Floats:
    """information^-1 gradient of each weighting, k <= 2; NaN where it is singular."""
    if information.shape[-1] == 1:
        return divide(gradient, information[:, 0])
    a, b, d = information[:, 0, 0], information[:, 0, 1], information[:, 1, 1]
    determinant = a * d - b * b
    # A determinant that rounding alone could have left is none.
    sound = determinant > 1e-12 * a * d
    top = np.stack([d * gradient[:, 0] - b * gradient[:, 1], a * gradient[:, 1] - b * gradient[:, 0]], axis=1)
    return np.where(sound[:, None], divide(top, np.where(sound, determinant, 0.0)[:, None]), np.nan)
