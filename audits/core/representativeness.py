"""Are the people of this table like those that the model is meant for? Standardised differences, from counts.

The population's figures are taken as known; only the table is a sample of them. The table's people count once each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from audits.core.intervals import Interval, quantile_of, wilson
from audits.core.values import Estimate


@dataclass(frozen=True, slots=True)
class Moments:
    """A number column in units of the population: n people with a value, the mean distance from the population's mean
    and the variance (n - 1), both in the population's standard deviations."""

    n: int
    mean: float
    variance: float


def smd_of_levels(counts: Mapping[str, int], shares: Mapping[str, float], confidence: float) -> Estimate:
    """Standardised difference of a categorical variable, >= 0 (Yang & Dalton 2012, SAS Global Forum 335).

    counts: people by level, only levels with people. shares: the population's; they are scaled to add up to 1.
    """
    levels = sorted({*counts, *(level for level, share in shares.items() if share > 0)})
    n = sum(counts.values())
    if n == 0:
        return Estimate.undefined("nobody in the table has a value")
    here = np.array([counts.get(level, 0) / n for level in levels])
    there = np.array([shares.get(level, 0.0) for level in levels])
    spread = float((2 * (here - there / there.sum()) ** 2 / (here + there / there.sum())).sum())
    if spread >= _MOST:
        return Estimate.undefined("the table and the population share no level, so nothing standardises", n=n)
    if len(levels) < 2:
        return Estimate(0.0, n=n, method="no interval: the table and the population have one level")
    value = _distance(spread)
    low, high = (_distance(min(end / n, _MOST)) for end in _noncentral(n * spread, len(levels) - 1, confidence))
    method = f"noncentral chi-squared, {len(levels)} levels"
    return Estimate(value, min(low, value), max(high, value), n, None, method)


#: The spread of shares that have next to nothing in common, as a distance of some 6,000 standard deviations.
_MOST = 4 - 1e-7


def _noncentral(found: float, freedom: int, confidence: float) -> Interval:
    """Limits of the noncentrality of a chi-squared statistic.

    Shares of n people differ from the population's by noise alone, and n times the spread is then chi-squared; the
    truth adds to it. Asking which truths would make the statistic that was found takes the noise off, which a bootstrap
    counts twice. A table closer to the population than noise should allow (found < freedom) is no proof that it is the
    same: the upper limit is then that of the mean.
    """
    tail = (1 - confidence) / 2

    def solved(statistic: float, level: float) -> float:
        def excess(noncentrality: float) -> float:
            return float(ncx2.cdf(statistic, freedom, noncentrality)) - level

        if float(chi2.cdf(statistic, freedom)) <= level:
            return 0.0
        most = statistic + 20 * math.sqrt(statistic) + 50
        return float(brentq(excess, 1e-12, most)) if excess(1e-12) > 0 > excess(most) else statistic

    return Interval(solved(found, 1 - tail), solved(max(found, float(freedom)), tail))


def _distance(spread: float) -> float:
    """Mahalanobis distance of the shares of all levels but one, under the mean of both covariance matrices.

    spread: the sum over levels of the squared difference over the mean of both shares, [0, 4).

    With a the mean of the shares and d their difference, that matrix is diag(a) - aa' - dd'/4; Sherman & Morrison turn
    d' S^-1 d into q / (1 - q/4), where q is the sum of d^2 / a, without inverting anything.
    """
    return math.sqrt(spread / (1 - spread / 4))


def smd_of_numbers(found: Moments, confidence: float) -> Estimate:
    """Absolute difference of means over the root of the mean variance (Austin 2009, Stat Med 28:3083); delta method."""
    if found.n < 2:
        return Estimate.undefined("fewer than two people in the table have a value", n=found.n)
    pooled = (found.variance + 1) / 2
    value = found.mean / math.sqrt(pooled)
    where = "above" if value > 0 else "below"
    method = (
        f"delta method; the mean lies {abs(found.mean):.3g} of the population's standard deviations {where} its own"
    )
    if found.variance <= 0:
        return Estimate(abs(value), n=found.n, method="no interval: everyone has the same value")
    # A normal sample's variance varies by 2 v^2 / n; the first term is that of the mean.
    variance = found.variance / pooled + (found.mean / 4) ** 2 / pooled**3 * 2 * found.variance**2
    half = quantile_of(confidence) * math.sqrt(variance / found.n)
    low, high = value - half, value + half
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return Estimate(abs(value), least, max(abs(low), abs(high)), found.n, None, method)


def participation(count: int, n: int, share: float, confidence: float) -> Estimate:
    """Share of people in the table over that in the population; Wilson's interval of the one over the other."""
    if n == 0:
        return Estimate.undefined("nobody in the table has a value")
    if share <= 0:
        return Estimate.undefined("the population has nobody at this level", n=n)
    interval = wilson(count, n, confidence)
    method = f"Wilson, {count} of {n} people, over a share of {share:.4g} in the population"
    return Estimate(count / n / share, interval.low / share, interval.high / share, n, None, method)
