"""Which line through the log odds fits the outcomes best? Weighted logistic regression without penalty, or no answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats

_STEPS = 100
_TOLERANCE = 1e-12
_FAR = 30.0  # |coefficient| beyond which odds are astronomical: the likelihood has no maximum to find


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """coefficients: float64[k]. errors: float64[k], standard errors from the inverse information matrix."""

    coefficients: Floats
    errors: Floats


def fit(design: Floats, outcome: Floats, weight: Floats, offset: Floats) -> Fit | None:
    """Newton's method with step halving. design: float64[m, k]. None when it does not converge or is singular."""
    beta = np.zeros(design.shape[1])
    best = _loss(design @ beta + offset, outcome, weight)
    for _ in range(_STEPS):
        mean = expit(design @ beta + offset)
        slope = design.T @ (weight * (outcome - mean))
        step = _solve(_information(design, mean, weight), slope)
        if step is None:
            return None
        beta, loss = _halved(design, outcome, weight, offset, beta, step, best)
        done = best - loss <= _TOLERANCE * max(1.0, abs(best)) and float(np.abs(step).max()) < 1e-9
        best = loss
        if float(np.abs(beta).max()) > _FAR * max(1.0, float(np.abs(offset).max())):
            return None
        if done:
            return _finished(design, beta, weight, offset)
    return None


def _finished(design: Floats, beta: Floats, weight: Floats, offset: Floats) -> Fit | None:
    inverse = _solve(_information(design, expit(design @ beta + offset), weight), np.eye(design.shape[1]))
    if inverse is None or not np.all(np.diag(inverse) > 0):
        return None
    return Fit(beta, np.sqrt(np.diag(inverse)))


def _halved(
    design: Floats, outcome: Floats, weight: Floats, offset: Floats, beta: Floats, step: Floats, best: float
) -> tuple[Floats, float]:
    """The longest of the steps 1, 1/2, 1/4, ... that does not make the fit worse; where none helps, stay."""
    for power in range(40):
        candidate = beta + step * 0.5**power
        loss = _loss(design @ candidate + offset, outcome, weight)
        if loss <= best:
            return candidate, loss
    return beta, best


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
