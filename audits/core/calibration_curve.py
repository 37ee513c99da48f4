"""How often does it happen at each score? The calibration curve of the outcome on the score, from cells.

The curve is a logistic regression on a restricted cubic spline of the score's log odds (Austin & Steyerberg 2014, Stat
Med 33:517; Van Calster 2016, J Clin Epidemiol 74:167). Not loess: a spline is refitted a thousand times on cells in
milliseconds, and its band and its straight tails follow from the fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit
from scipy.stats import chi2, f

from audits.core.arrays import Floats
from audits.core.calibration import CLIP, log_odds
from audits.core.cells import Cells
from audits.core.intervals import quantile_of
from audits.core.logistic import fit
from audits.core.people import Board
from audits.core.refits import refit
from audits.core.scales import student
from audits.core.spline import Basis, basis_of

#: With fewer of either outcome a flexible curve shows noise as shape (Van Calster 2016).
LEAST = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """basis, coefficients: float64[c]. covariance: float64[c, c], of the coefficients, from the information matrix.
    robust: the same from the residuals too, which also holds where the spline cannot bend as the truth does (White
    1982, Econometrica 50:1). clipped: rows with a score of 0 or 1, whose log odds were moved. groups: of patients that
    the covariance rests on; None where it rests on the rows."""

    basis: Basis
    coefficients: Floats
    covariance: Floats
    robust: Floats
    clipped: int
    groups: int | None = None

    def at(self, score: Floats) -> Floats:
        """float64[m]: what is expected to happen at these scores."""
        return np.asarray(expit(self._columns(score) @ self.coefficients))

    def band(self, score: Floats, quantile: float) -> tuple[Floats, Floats]:
        """Both limits at these scores, from the log odds; quantile: 1.96 holds at 95% at one score at a time."""
        columns = self._columns(score)
        line = columns @ self.coefficients
        variance = np.einsum("mi,ij,mj->m", columns, self.covariance, columns)
        half = quantile * np.sqrt(np.maximum(variance, 0.0))
        return np.asarray(expit(line - half)), np.asarray(expit(line + half))

    def quantile(self, confidence: float) -> float:
        """That of a band which holds at one score at a time: of t where it rests on groups, else of the normal."""
        return quantile_of(confidence) if self.groups is None else student(confidence, self.groups)

    def quantile_everywhere(self, confidence: float) -> float:
        """That of a band which holds at all scores at once; infinite where there are too few groups to tell.

        Scheffé 1953, Biometrika 40:87; with the covariance of g groups Hotelling's T-squared (1931, Ann Math Stat
        2:360) takes the place of chi-squared.
        """
        size = len(self.coefficients)
        if self.groups is None:
            return float(np.sqrt(chi2.ppf(confidence, size)))
        if self.groups <= size:
            return math.inf
        spare = self.groups - size
        return math.sqrt(size * (self.groups - 1) / spare * float(f.ppf(confidence, size, spare)))

    def simulated(self, score: Floats, draws: int, rng: np.random.Generator) -> Floats:
        """float64[1 + draws, m]: the curve at these scores, and curves that other samples might have given."""
        root = np.linalg.cholesky(self.robust + 1e-15 * np.trace(self.robust) * np.eye(len(self.robust)))
        drawn = self.coefficients + rng.standard_normal((draws, len(root))) @ root.T
        return np.asarray(expit(np.vstack([self.coefficients, drawn]) @ self._columns(score).T))

    @property
    def method(self) -> str:
        knots = len(self.basis.knots)
        shape = f"restricted cubic spline with {knots} knots" if knots else "straight line (too few distinct scores)"
        clips = f"; {self.clipped} scores of 0 or 1 clipped to {CLIP:g} or 1 - {CLIP:g}" if self.clipped else ""
        return f"{shape} in the log odds{clips}"

    def _columns(self, score: Floats) -> Floats:
        return self.basis.columns(np.asarray(logit(np.clip(score, CLIP, 1 - CLIP))))


def curve_of(cells: Cells) -> Curve | str:
    """The curve, or the sentence that says why there is none."""
    if cells.events < LEAST or cells.nonevents < LEAST:
        found = f"{cells.events:,} events and {cells.nonevents:,} non-events"
        return f"{found}; a calibration curve needs at least {LEAST} of each"
    line, clipped = log_odds(cells)
    basis = basis_of(line, cells.n)
    if basis is None:
        return "every score is the same, so there is no curve"
    design, weight = basis.columns(line), cells.n.astype(np.float64)
    fitted = fit(design, cells.outcome.astype(np.float64), weight, np.zeros(len(line)), start=basis.diagonal)
    if fitted is None:
        return "the fit of the curve did not converge"
    mean = expit(design @ fitted.coefficients)
    covariance = np.linalg.inv((design.T * (weight * mean * (1 - mean))) @ design)
    robust = covariance @ ((design.T * (weight * (cells.outcome - mean) ** 2)) @ design) @ covariance
    return Curve(basis, fitted.coefficients, covariance, robust, clipped)


def clustered(curve: Curve, board: Board | None, factor: float) -> Curve:
    """The same curve, as sure as groups of patients allow: its covariance from the curves without each group.

    Delete-a-group jackknife (Kott 2001, J Off Stat 17:521). Without a board, or where a curve cannot be fitted without
    some group, the covariance is as many times larger as repeated patients can make it. factor: >= 1, that many.
    """
    if board is None:
        return replace(curve, covariance=factor * curve.covariance, robust=factor * curve.robust)
    line, _ = log_odds(board.cells)
    beta = refit(curve.basis.columns(line), board.cells.outcome, board.left_out(), curve.coefficients)
    if len(beta) < 2 or not np.isfinite(beta).all():
        return clustered(curve, None, factor)
    off = beta - beta.mean(axis=0)
    covariance = (len(beta) - 1) / len(beta) * off.T @ off
    return replace(curve, covariance=covariance, robust=covariance, groups=len(beta))
