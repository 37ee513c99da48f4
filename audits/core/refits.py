"""What would the same logistic regression be on other weights? Newton's method on a thousand weightings at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats, Ints

_STEPS = 12
#: Twice the log likelihood still to gain, before the last step; that step converges quadratically, so what is left
#: after it is below a thousandth of a standard error.
_DECREMENT = 1e-3
#: Columns are orthonormal, so a longer step than this is Newton's method overshooting.
_LONGEST = 3.0
_FAR = 30.0


def refit(design: Floats, outcome: Ints, weights: Floats, start: Floats) -> Floats:
    """float64[R, k]: coefficients on each weighting, NaN where there is no finite fit.

    design: float64[m, k], columns orthonormal or nearly. weights: float64[R, m]. start: float64[k], the observed fit.
    """
    size = design.shape[1]
    upper = np.triu_indices(size)
    products = design[:, upper[0]] * design[:, upper[1]]
    beta = np.tile(start, (len(weights), 1))
    scale = 1e-12 * np.maximum(weights.sum(axis=1), 1.0)[:, None, None] * np.eye(size)
    gain = np.full(len(weights), np.inf)
    information = np.empty((len(weights), size, size))
    for _ in range(_STEPS):
        mean = expit(beta @ design.T)
        slope = (weights * (outcome - mean)) @ design
        packed = (weights * mean * (1 - mean)) @ products
        information[:, upper[0], upper[1]] = information[:, upper[1], upper[0]] = packed
        step = np.linalg.solve(information + scale, slope[..., None])[..., 0]
        gain = (slope * step).sum(axis=1)
        longest = np.abs(step).max(axis=1, keepdims=True)
        beta = beta + step * np.minimum(1.0, _LONGEST / np.maximum(longest, 1e-300))
        if gain.max(initial=0.0) < _DECREMENT:
            break
    lost = ~(gain < _DECREMENT) | (np.abs(beta).max(axis=1) > _FAR)
    return np.asarray(np.where(lost[:, None], np.nan, beta))
