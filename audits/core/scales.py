"""Given a value and its standard error, what is the interval? One rule per kind of measure, for every resampled error.

A jackknife or a bootstrap says how much a value varies; it does not say how the interval should bend near the ends of
the measure's range. That is decided here, once, so that intervals for repeated patients bend as the plain ones do.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from scipy.stats import t

from audits.core.arrays import Floats
from audits.core.intervals import Interval, on_log, quantile_of, wilson
from audits.core.values import Estimate

#: Replicates with a smaller error than this differ by rounding only.
_ALIKE = 1e-12
#: A factor of exp(300) on either side says nothing, and more leaves float64.
_ENDLESS = 300.0


class Scale(StrEnum):
    """How the interval of a measure bends."""

    SHARE = "Wilson at the effective n"  # a proportion, [0, 1]
    LOGIT = "logit scale"  # (0, 1)
    LOG = "log scale"  # (0, inf)
    FISHER = "Fisher's z scale"  # (-1, 1)
    PLAIN = "no transformation"
    HARMONIC = "Wilson at the effective n, of the share behind it"  # F1 = 2p / (1 + p) of a proportion p
    INVERSE = "Wilson at the effective n, inverted"  # 1 / p of a proportion p


def inner(scale: Scale, values: Floats) -> Floats:
    """Replicates on the scale that their standard error is taken on: the share behind a value, or a ratio's log.

    The error of 1 / p or of a ratio with a handful of rows below the line is a matter of the few replicates that lose
    one of them; that of p or of the logarithm is not. What has no such value is NaN.
    """
    positive = values > 0
    if scale is Scale.LOG:
        return np.asarray(np.log(values, out=np.full_like(values, np.nan), where=positive))
    if scale is Scale.INVERSE:
        return np.asarray(np.divide(1.0, values, out=np.full_like(values, np.nan), where=positive))
    return values / (2 - values) if scale is Scale.HARMONIC else values


def from_error(value: float, error: float, scale: Scale, quantile: float, confidence: float) -> Interval | None:
    """Interval of value with this standard error on the `inner` scale; None where the scale ends at the value.

    quantile: of the normal, or of t where the error itself rests on few groups. A share gets Wilson's interval at the
    n that would give this error to independent rows, which keeps its coverage near 0 and 1 where a symmetric one fails
    (Korn & Graubard 1998, Surv Methodol 24:193; Dean & Pagano 2015, J Surv Stat Methodol 3:484).
    """
    if not math.isfinite(error) or error <= _ALIKE:
        return None
    if scale is Scale.PLAIN:
        return Interval(value - quantile * error, value + quantile * error)
    if scale is Scale.LOG and error * quantile > _ENDLESS:
        return None
    if scale is Scale.LOG:
        return on_log(value, error * quantile / quantile_of(confidence), confidence) if value > 0 else None
    if scale in (Scale.SHARE, Scale.HARMONIC, Scale.INVERSE):
        share = float(inner(scale, np.array([value]))[0])
        if not 0.0 < share < 1.0:
            return None
        effective = share * (1 - share) / error**2 * (quantile_of(confidence) / quantile) ** 2
        return _outer(wilson(share * effective, effective, confidence), scale)
    low, high = (0.0, 1.0) if scale is Scale.LOGIT else (-1.0, 1.0)
    if not low < value < high:
        return None
    half = min(_ENDLESS, quantile * error * (high - low) / ((value - low) * (high - value)))
    odds = (value - low) / (high - value)
    return Interval(*((low + high * grown) / (1 + grown) for grown in (odds * math.exp(-half), odds * math.exp(half))))


def _outer(limits: Interval, scale: Scale) -> Interval | None:
    """Limits of the share behind a value as limits of the value."""
    if scale is Scale.HARMONIC:
        return Interval(2 * limits.low / (1 + limits.low), 2 * limits.high / (1 + limits.high))
    if scale is Scale.INVERSE:
        return Interval(1 / limits.high, 1 / limits.low) if limits.low > 0 else None
    return limits


def jackknife_error(left_out: Floats) -> float:
    """Standard error from the values with one of g groups left out, float64[g]; NaN if any is undefined."""
    groups = len(left_out)
    if groups < 2 or not np.isfinite(left_out).all():
        return math.nan
    return math.sqrt((groups - 1) / groups * float(((left_out - left_out.mean()) ** 2).sum()))


def student(confidence: float, groups: int) -> float:
    """The quantile of t for an error that rests on this many groups, >= 2."""
    return float(t.ppf(0.5 + confidence / 2, groups - 1))


def widened(found: Estimate, scale: Scale, factor: float) -> Interval:
    """The interval of an estimate as if its n were `factor` >= 1 times smaller. The estimate must have one.

    Distances from the value grow by the root of the factor. Where the value is 0 or 1 the odds of the other end grow by
    the factor itself, which is what Wilson's interval does.
    """
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    value, low, high, root = found.value, found.low, found.high, math.sqrt(factor)
    bounded = scale in (Scale.SHARE, Scale.LOGIT, Scale.HARMONIC)
    if bounded and value in (0.0, 1.0):
        return Interval(low / (low + (1 - low) * factor), high * factor / (1 - high + high * factor))
    if scale in (Scale.LOG, Scale.INVERSE) and low > 0:
        return Interval(value * (low / value) ** root, value * (high / value) ** root)
    if bounded and low > 0 and high < 1:
        odds, ends = value / (1 - value), (low / (1 - low), high / (1 - high))
        grown = [odds * (end / odds) ** root for end in ends]
        return Interval(grown[0] / (1 + grown[0]), grown[1] / (1 + grown[1]))
    least, most = (0.0, 1.0) if bounded else (-1.0, 1.0) if scale is Scale.FISHER else (-math.inf, math.inf)
    least = 0.0 if scale in (Scale.LOG, Scale.INVERSE) else least
    return Interval(max(least, value - root * (value - low)), min(most, value + root * (high - value)))


def width(low: float, high: float, scale: Scale) -> float:
    """How wide an interval is, on the scale that its widths are compared on; NaN where that has no number."""
    if scale is Scale.LOG or scale is Scale.INVERSE:
        return math.log(high / low) if low > 0 else math.nan
    return high - low
