"""Two answers about the same patients: how far apart are they, and how sure are we? Paired differences, from counts."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, chi2

from audits.core.arrays import Floats, Ints, totals
from audits.core.intervals import Interval, quantile_of, symmetric
from audits.core.pair_cells import PairCells

#: Below this many disagreements McNemar's test is the exact binomial one.
EXACT_BELOW = 25


def tango(only_one: int, only_other: int, n: int, confidence: float) -> Interval:
    """Score interval of (only_one - only_other) / n, the difference of two paired proportions; n >= 1.

    only_one, only_other: patients for whom one answer is yes and the other no. Keeps its coverage where disagreements
    are few, and has a width even without any (Tango 1998, Stat Med 17:891).
    """
    return Interval(
        -_upper(only_other, only_one, n, quantile_of(confidence)),
        _upper(only_one, only_other, n, quantile_of(confidence)),
    )


def _upper(b: int, c: int, n: int, z: float) -> float:
    """The largest difference that the score test at quantile z does not reject."""
    start = (b - c) / n + 1e-12
    if b == n or start >= 1.0:
        return 1.0

    def distance(gap: float) -> float:
        return b - c - n * gap + z * math.sqrt(n * max(0.0, 2 * _constrained(b, c, n, gap) + gap * (1 - gap)))

    return float(brentq(distance, start, 1.0, xtol=1e-14)) if distance(start) > 0 else start


def _constrained(b: int, c: int, n: int, gap: float) -> float:
    """The likeliest share of patients of the second kind when the difference is `gap` (Tango 1998)."""
    linear = -b - c + (2 * n - b + c) * gap
    constant = -c * gap * (1 - gap)
    return (math.sqrt(max(0.0, linear * linear - 8 * n * constant)) - linear) / (4 * n)


def mcnemar(only_one: int, only_other: int) -> tuple[float, str]:
    """Two-sided p of "they disagree equally often either way", and which test (McNemar 1947, Psychometrika 12:153).

    At least one disagreement is needed.
    """
    total = only_one + only_other
    counts = f"{only_one} against {only_other} disagreements"
    if total < EXACT_BELOW:
        p = min(1.0, 2 * float(binom.cdf(min(only_one, only_other), total, 0.5)))
        return p, f"McNemar, exact binomial, {counts}"
    return float(chi2.sf((only_one - only_other) ** 2 / total, 1)), f"McNemar, chi-squared, {counts}"


def delong_difference(cells: PairCells) -> float | None:
    """Variance of the difference of two AUROCs on the same patients (DeLong 1988, Biometrics 44:837).

    None where the placement values of an outcome differ by the same amount throughout: the variance misses a term then.
    Cells must hold both outcomes.
    """
    variance = 0.0
    for outcome, placement, other in zip(
        (1, 0), placements(cells, cells.rank), placements(cells, cells.other_rank), strict=True
    ):
        inside = cells.outcome == outcome
        weight, gap = cells.n[inside], (placement - other)[inside]
        rows = int(weight.sum())
        spread = float(weight @ (gap - float(weight @ gap) / rows) ** 2)
        if rows < 2 or np.ptp(gap) < 1e-12:
            return None
        variance += spread / (rows - 1) / rows
    return variance


def placements(cells: PairCells, rank: Floats) -> tuple[Floats, Floats]:
    """float64[m] twice: the share of non-events below each cell, and that of events above it; ties count half."""
    ladder, place = np.unique(rank, return_inverse=True)
    events, nonevents = (totals(place, cells.n * (cells.outcome == y), len(ladder)) for y in (1, 0))
    below = (np.cumsum(nonevents) - nonevents / 2) / nonevents.sum()
    over = 1 - (np.cumsum(events) - events / 2) / events.sum()
    return below[place], over[place]


def apart(value: float, one: tuple[float, Interval], other: tuple[float, Interval]) -> Interval:
    """Interval of a difference from each side's own, as if they were independent: too wide where they agree.

    (Zou & Donner 2008, Stat Med 27:1693.)
    """
    low = value - math.hypot(one[0] - one[1].low, other[1].high - other[0])
    high = value + math.hypot(one[1].high - one[0], other[0] - other[1].low)
    return Interval(max(-1.0, low), min(1.0, high))


def of_means(weight: Ints, value: Floats, group: Ints, signs: tuple[float, ...], confidence: float) -> Interval | None:
    """Interval of a signed sum of the means of groups 0, 1, ... of rows, for cells; None where nothing varies."""
    point, variance = 0.0, 0.0
    for index, sign in enumerate(signs):
        n, x = weight[group == index], value[group == index]
        rows = int(n.sum())
        if rows < 2:
            return None
        mean = float(n @ x) / rows
        point += sign * mean
        variance += float(n @ (x - mean) ** 2) / (rows - 1) / rows
    return symmetric(point, math.sqrt(variance), confidence) if variance > 1e-30 else None


def net_benefit(
    gap: tuple[float, Interval], other_gap: tuple[float, Interval], events: int, n: int, odds: float, confidence: float
) -> tuple[float, Interval]:
    """Difference of net benefit from those of sensitivity and specificity, each with its paired interval.

    net benefit = prevalence * sensitivity - (1 - prevalence) * odds * (1 - specificity), odds = cut / (1 - cut). Events
    and non-events are independent, so the three pieces (both gaps and the prevalence) add in quadrature (Zou & Donner
    2008, Stat Med 27:1693).
    """
    share = events / n
    (sensitivity, one), (specificity, two) = gap, other_gap
    weight = (1 - share) * odds
    value = share * sensitivity + weight * specificity
    prevalence = quantile_of(confidence) * (sensitivity - odds * specificity) * math.sqrt(share * (1 - share) / n)
    low = math.hypot(share * (sensitivity - one.low), weight * (specificity - two.low), prevalence)
    high = math.hypot(share * (one.high - sensitivity), weight * (two.high - specificity), prevalence)
    return value, Interval(value - low, value + high)
