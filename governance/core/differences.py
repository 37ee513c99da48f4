"""By how much do two estimates differ, when each was made by itself? The difference, with an interval from theirs."""

from __future__ import annotations

import math

from audits.core.values import Estimate

METHOD = "difference of independent estimates (MOVER)"


def difference(one: Estimate, other: Estimate) -> Estimate:
    """one - other. Its limits recover each variance from the distance between a value and its own limit.

    Zou & Donner 2008, Stat Med 27:1693. For patients measured twice the true interval is mostly narrower than this.
    """
    if one.value is None or other.value is None:
        return Estimate.undefined(f"one side is undefined: {one.reason or other.reason}", n=min(one.n, other.n))
    gap = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(gap, n=min(one.n, other.n), method="difference without an interval: one side has none")
    low = gap - math.hypot(one.value - one.low, other.high - other.value)
    high = gap + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(gap, low, high, min(one.n, other.n), method=METHOD)
