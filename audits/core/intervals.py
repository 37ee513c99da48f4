"""How sure are we? Intervals for proportions, their differences, and anything with a standard error or replicates."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtri

from audits.core.arrays import Floats


class Interval(NamedTuple):
    """low <= high, both finite."""

    low: float
    high: float


def quantile_of(confidence: float) -> float:
    """The standard normal quantile of a two-sided interval: 1.96 at 0.95."""
    return float(ndtri(0.5 + confidence / 2))


def wilson(hits: float, n: float, confidence: float) -> Interval:
    """Score interval of a proportion; n > 0. Handles 0 and n hits without leaving [0, 1]; both may be fractional.

    Wilson, not Wald: keeps its coverage at n < 40 (Wilson 1927; Brown, Cai & DasGupta 2001, Stat Sci 16:101).
    """
    z = quantile_of(confidence)
    share, z2n = hits / n, z * z / n
    centre = (share + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * math.sqrt(share * (1 - share) / n + z2n / (4 * n))
    # At 0 or n hits the bound is exactly 0 or 1; rounding would leave 1e-17 of it.
    return Interval(0.0 if hits == 0 else max(0.0, centre - half), 1.0 if hits == n else min(1.0, centre + half))


def newcombe(hits: int, n: int, other_hits: int, other_n: int, confidence: float) -> Interval:
    """Interval of hits/n - other_hits/other_n from two Wilson intervals (Newcombe 1998, Stat Med 17:873, method 10)."""
    share, other = hits / n, other_hits / other_n
    one, two = wilson(hits, n, confidence), wilson(other_hits, other_n, confidence)
    gap = share - other
    low = gap - math.hypot(share - one.low, two.high - other)
    high = gap + math.hypot(one.high - share, other - two.low)
    return Interval(max(-1.0, low), min(1.0, high))


def symmetric(
    value: float, error: float, confidence: float, *, low: float = -math.inf, high: float = math.inf
) -> Interval:
    """value ± z * standard error, kept inside the range of the measure."""
    half = quantile_of(confidence) * error
    return Interval(max(low, value - half), min(high, value + half))


def on_logit(value: float, error: float, confidence: float) -> Interval:
    """Delta-method interval on the logit scale; value strictly between 0 and 1, error on the value's own scale.

    Never leaves (0, 1) and keeps its coverage near 1, where the symmetric one fails (Pepe 2003, section 5.2).
    """
    centre, half = logit(value), quantile_of(confidence) * error / (value * (1 - value))
    return Interval(float(expit(centre - half)), float(expit(centre + half)))


def on_log(value: float, error: float, confidence: float) -> Interval:
    """Interval on the log scale; value > 0, error is that of ln(value)."""
    half = quantile_of(confidence) * error
    return Interval(value * math.exp(-half), value * math.exp(half))


def reflected(value: float, replicates: Floats, confidence: float) -> Interval:
    """Basic (reflected) bootstrap interval of a sum of squares-like measure, kept at or above 0 and around the point.

    Noise can only raise such a measure, so replicates sit above the estimate as the estimate sits above the truth, and
    percentile limits would count that bias twice. Reflecting them around the estimate takes it off instead (Davison &
    Hinkley 1997, section 5.2.1). The point stays inside: an interval without its own estimate helps nobody.
    """
    tail = (1 - confidence) / 2
    lower, upper = (float(q) for q in np.quantile(replicates, (tail, 1 - tail)))
    return Interval(max(0.0, min(value, 2 * value - upper)), max(value, 2 * value - lower))
