"""How large may the gap between groups really be? Simultaneous limits, because the largest gap is picked by looking.

The gap is the largest of many pairwise differences, and the pair is chosen by the data. Limits that hold for every pair
at once therefore hold for the largest one, whichever it is: with c the quantile of the largest standardised error over
pairs, max(|d| - c se) and max(|d| + c se) bracket it (single-step max-T: Westfall & Young 1993; Hothorn, Bretz &
Westfall 2008, Biom J 50:346). Percentile and reflected bootstrap limits were simulated on the same cases and held the
truth 0-97% and 64-95% of the time where these held it 92-99% (tests/reference/test_coverage.py).

Replicates can only show what the sample holds. A group ranked perfectly is ranked perfectly in every replicate, and
bootstrap limits would call it known for certain: where the replicates of a group are all alike there are none. Limits
from each group's own interval (MOVER: Zou & Donner 2008, Stat Med 27:1693) do not have this fault.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from audits.core.arrays import Floats
from audits.core.intervals import Interval

#: One family of pairs: each group's value, float64[groups], and its replicates, float64[groups, replicates].
Family = tuple[Floats, Floats]
#: Replicates that differ by less than this share of their size differ by rounding only.
_ALIKE = 1e-9
#: Pairs that are compared at once: with a thousand replicates each, what a processor's cache holds.
_TOGETHER = 128


def difference_limits(families: Sequence[Family], confidence: float) -> Interval | None:
    """Limits of the largest difference within any family, inside [0, 1]; None when replicates cannot tell."""
    limits = None if _stuck(families) else _limits(families, confidence)
    return limits and Interval(max(0.0, limits.low), min(1.0, limits.high))


def mean_limits(families: Sequence[Family], confidence: float) -> Interval | None:
    """Limits of the mean over families of the largest difference within each; None as above.

    The critical value is shared by all pairs of all families, so that the limits of every family hold at once, and the
    mean of the limits with them.
    """
    if _stuck(families):
        return None
    each = _each(families, confidence)
    if each is None:
        return None
    low = sum(max(0.0, limits.low) for limits in each) / len(each)
    return Interval(low, min(1.0, sum(limits.high for limits in each) / len(each)))


def ratio_limits(families: Sequence[Family], confidence: float) -> Interval | None:
    """Limits of the smallest ratio within any family, from differences of logarithms; None as above."""
    limits = None if _stuck(families) else _limits([_logarithms(*family) for family in families], confidence)
    return limits and Interval(math.exp(-limits.high), math.exp(-max(0.0, limits.low)))


def pair_confidence(confidence: float, groups: int) -> float:
    """What the limits of one pair must hold at for those of all pairs to hold together (Bonferroni); groups >= 2."""
    return 1 - (1 - confidence) / math.comb(groups, 2)


def mover_limits(values: Sequence[float], own: Sequence[Interval]) -> Interval:
    """Limits of the largest difference, inside [0, 1], from each group's own interval at `pair_confidence`.

    Variances are recovered from the distance between a value and its limits, so that a group at 1.0 still has one
    towards lower values; groups are independent samples (Zou & Donner 2008, Stat Med 27:1693).
    """
    least, most = 0.0, 0.0
    for (one, its), (two, other) in combinations(zip(values, own, strict=True), 2):
        low = one - two - math.hypot(one - its.low, other.high - two)
        high = one - two + math.hypot(its.high - one, two - other.low)
        least, most = max(least, low, -high), max(most, high, -low)
    return Interval(least, min(1.0, most))


def _stuck(families: Sequence[Family]) -> bool:
    """Whether the replicates of some group are all alike, or all undefined."""
    for _, replicates in families:
        defined = np.isfinite(replicates)
        low = np.where(defined, replicates, np.inf).min(axis=1)
        high = np.where(defined, replicates, -np.inf).max(axis=1)
        if (high - low <= _ALIKE * np.abs(high)).any():
            return True
    return False


def _logarithms(values: Floats, replicates: Floats) -> Family:
    """Logarithms, with zero standing for half of the smallest rate that the group's replicates ever show."""
    positive = np.where(replicates > 0, replicates, np.inf).min(axis=1)
    floor = np.where(np.isfinite(positive), positive, 1.0) / 2
    return np.log(np.maximum(values, floor)), np.log(np.maximum(replicates, floor[:, None]))


def _limits(families: Sequence[Family], confidence: float) -> Interval | None:
    """max(|d| - c se) and max(|d| + c se) over all pairs of all families; None when replicates cannot tell."""
    each = _each(families, confidence)
    if each is None:
        return None
    return Interval(max(limits.low for limits in each), max(limits.high for limits in each))


def _each(families: Sequence[Family], confidence: float) -> list[Interval] | None:
    """max(|d| - c se) and max(|d| + c se) within each family; c is shared, so that all of them hold at once."""
    whole = np.logical_and.reduce([np.isfinite(replicates).all(axis=0) for _, replicates in families])
    # Half of the replicates undefined means that the limits would describe the lucky half.
    if whole.sum() < max(1, len(whole) / 2):
        return None
    worst = np.zeros(int(whole.sum()), dtype=np.float32)
    pairs: list[tuple[Floats, Floats]] = []
    for values, replicates in families:
        one, two = np.triu_indices(len(values), 1)
        off = replicates[:, whole]
        # In single precision: a hundred million of these errors are compared, and none is reported.
        off = (off - off.mean(axis=1, keepdims=True)).astype(np.float32)
        errors = []
        for start in range(0, len(one), _TOGETHER):
            drawn = off[one[start : start + _TOGETHER]] - off[two[start : start + _TOGETHER]]
            error = np.sqrt(np.einsum("pr,pr->p", drawn, drawn) / drawn.shape[1])
            np.abs(drawn, out=drawn)
            drawn *= np.divide(1.0, error, out=np.zeros_like(error), where=error > 0)[:, None]
            np.maximum(worst, drawn.max(axis=0), out=worst)
            errors.append(error)
        pairs.append((np.abs(values[one] - values[two]), np.concatenate(errors)))
    reach = float(np.quantile(worst, confidence))
    return [Interval(float((gap - reach * error).max()), float((gap + reach * error).max())) for gap, error in pairs]
