"""Which line through the log odds fits the outcomes best? Weighted logistic regression, or no answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats

_STEPS = 100
# Half the Newton decrement is how much log likelihood is left to gain. At 1e-10 the coefficients are within 1e-5
# standard errors, and the step then taken, which converges quadratically, makes that 1e-10 (Boyd & Vandenberghe 2004,
# section 9.5).
_DECREMENT = 1e-10
_FAR = 30.0  # |coefficient| beyond which odds are astronomical: the likelihood has no maximum to find


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """coefficients: float64[k]. errors: float64[k], standard errors from the inverse information matrix."""

    coefficients: Floats
    errors: Floats


def fit(design: Floats, outcome: Floats, weight: Floats, offset: Floats, start: Floats | None = None) -> Fit | None:
    """Newton's method with step halving. design: float64[m, k]. start: float64[k], coefficients that may be near; zeros
    unless given. None when it does not converge or is singular."""
    beta = np.zeros(design.shape[1]) if start is None else start
    far = _FAR * max(1.0, float(np.abs(offset).max()))
    line = design @ beta + offset
    loss = _loss(line, outcome, weight)
    for _ in range(_STEPS):
        mean = expit(line)
        slope = design.T @ (weight * (outcome - mean))
        step = _solve(_information(design, mean, weight), slope)
        if step is None:
            return None
        if float(slope @ step) < _DECREMENT:
            return _finished(design, beta + step, weight, offset)
        beta, line, loss = _halved(design, outcome, weight, offset, beta, step, line, loss)
        if float(np.abs(beta).max()) > far:
            return None
    return None


def _finished(design: Floats, beta: Floats, weight: Floats, offset: Floats) -> Fit | None:
    inverse = _solve(_information(design, expit(design @ beta + offset), weight), np.eye(design.shape[1]))
    if inverse is None or not np.all(np.diag(inverse) > 0):
        return None
    return Fit(beta, np.sqrt(np.diag(inverse)))


def _halved(
    design: Floats,
    outcome: Floats,
    weight: Floats,
    offset: Floats,
    beta: Floats,
    step: Floats,
    line: Floats,
    loss: float,
) -> tuple[Floats, Floats, float]:
    """beta plus the longest of the steps 1, 1/2, 1/4, ... that does not make the fit worse, with its line and its loss;
    where none helps, what was given."""
    for power in range(40):
        candidate = np.asarray(beta + step * 0.5**power)
        there = design @ candidate + offset
        cost = _loss(there, outcome, weight)
        if cost <= loss:
            return candidate, there, cost
    return beta, line, loss


def _loss(line: Floats, outcome: Floats, weight: Floats) -> float:
    """Negative log likelihood, without overflow."""
    return float(weight @ (np.logaddexp(0.0, line) - outcome * line))


def _information(design: Floats, mean: Floats, weight: Floats) -> Floats:
    return np.asarray((design.T * (weight * mean * (1 - mean))) @ design)


def _solve(matrix: Floats, right: Floats) -> Floats | None:
    """The solution, or None when the matrix says nothing about some direction."""
    scale = np.sqrt(np.diag(matrix))
    if not np.all(np.isfinite(matrix)) or not np.all(scale > 0):
        return None
    scaled = matrix / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e12:
        return None
    columns = right / (scale if right.ndim == 1 else scale[:, None])
    solved = np.linalg.solve(scaled, columns)
    return np.asarray(solved / (scale if right.ndim == 1 else scale[:, None]))
