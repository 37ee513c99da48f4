"""How far is the calibration curve from the diagonal? ICI, E50, E90 and Emax, with intervals.

The mean (ICI), median (E50), 90th percentile (E90) and largest (Emax) of |curve(p) - p| over the rows (Austin &
Steyerberg 2019, Stat Med 38:4051).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats, totals
from audits.core.calibration import log_odds
from audits.core.calibration_curve import Curve
from audits.core.cells import Cells, rungs_of
from audits.core.deviation import deviation_limits
from audits.core.functionals import Functional, divide
from audits.core.logistic import fit
from audits.core.refits import refit
from audits.core.spline import basis_of
from audits.core.values import Estimate

#: Places at which simulated curves are compared with the diagonal; the curve is smooth, so more change next to nothing.
PLACES = 25
KEYS = ("ici", "e50", "e90", "emax")
_SHARES = (("e50", 0.5), ("e90", 0.9), ("emax", 1.0))


def distances(
    cells: Cells, found: Curve | str, confidence: float, replicates: int, rng: np.random.Generator
) -> dict[str, Estimate]:
    """The four distances. found: the slice's curve, or why it has none (`curve_of`)."""
    rows, events = cells.rows, cells.events
    if isinstance(found, str):
        return dict.fromkeys(KEYS, Estimate.undefined(found, n=rows, events=events))
    gap = found.at(cells.score) - cells.score
    values = {key: float(value[0]) for key, value in summaries(gap[None], cells.n[None].astype(np.float64)).items()}
    gaps, weights = _simulated(cells, found, replicates, rng)
    limits = deviation_limits(values, gaps, weights, summaries, confidence, farthest=("e90", "emax"))
    if limits is None:
        method = f"{found.method}; no interval: simulated curves do not vary"
        return {key: Estimate(value, None, None, rows, events, method) for key, value in values.items()}
    method = f"{found.method}; {replicates:,} curves simulated from the fit, the noise taken off"
    return {
        key: Estimate(value, limits[key].low, min(1.0, limits[key].high), rows, events, method)
        for key, value in values.items()
    }


def _simulated(cells: Cells, found: Curve, replicates: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """float64[1 + R, places] twice: curve(p) - p and rows at places of about equal rows, the observed ones first.

    Coefficients are drawn from their normal distribution, and rows around what was counted; a hundred times faster than
    a bootstrap that refits the curve, and as wide (Mandel 2013, Am Stat 67:76; tests/reference/test_calibration_curve).
    """
    place = rungs_of(cells.ladder, PLACES)[cells.rung]
    rows = totals(place, cells.n)
    score = totals(place, cells.n * cells.score) / rows
    gaps = found.simulated(score, replicates, rng) - score
    around = rows + np.sqrt(rows) * rng.standard_normal((replicates, len(rows)))
    return gaps, np.vstack([rows, np.maximum(around, 0.0)])


def summaries(gaps: Floats, weights: Floats) -> dict[str, Floats]:
    """Each distance of each row of gaps, float64[R]; gaps, weights: float64[R, m]. An undefined row stays undefined."""
    size = np.abs(gaps)
    order = np.argsort(size, axis=1)
    ordered = np.take_along_axis(size, order, axis=1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    total = reached[:, -1]
    made = {"ici": divide((size * weights).sum(axis=1), total)}
    for key, share in _SHARES:
        # A share that is met exactly must not be missed by the last bit of the product.
        place = (reached < (total * share * (1 - 1e-12))[:, None]).sum(axis=1)
        made[key] = ordered[np.arange(len(size)), np.minimum(place, size.shape[1] - 1)]
    return {key: np.where(np.isfinite(made["ici"]), made[key], np.nan) for key in KEYS}


def _gaps(cells: Cells, weights: Floats) -> Floats:
    """float64[R, m]: curve(p) - p on each weighting, the knots being those of the observed cells; NaN without a fit."""
    line, _ = log_odds(cells)
    basis = basis_of(line, cells.n)
    nothing = np.full(weights.shape, np.nan)
    if basis is None:
        return nothing
    design = basis.columns(line)
    whole = fit(design, cells.outcome.astype(np.float64), cells.n.astype(np.float64), np.zeros(len(line)))
    if whole is None:
        return nothing
    beta = refit(design, cells.outcome, weights, whole.coefficients)
    return np.asarray(expit(beta @ design.T) - cells.score)


def _functional(key: str) -> Functional:
    def measured(cells: Cells, weights: Floats) -> Floats:
        return summaries(_gaps(cells, weights), weights)[key]

    return measured


#: By key in the catalogue. NaN where the curve cannot be fitted; whether a slice has enough events for a curve is
#: `curve_of`'s to say.
FUNCTIONALS: Mapping[str, Functional] = MappingProxyType({key: _functional(key) for key in KEYS})
