"""How does a subgroup differ from everyone else? Differences and ratios of two independent samples, from cells.

A group and the rest share no row, so the interval of what lies between them is recovered from the interval of each
(MOVER: Zou & Donner 2008, Stat Med 27:1693; ratios: Donner & Zou 2012, Stat Methods Med Res 21:347). With two Wilson
intervals the difference is Newcombe's (1998, method 10). Unlike the log method, the ratio made this way has an interval
at shares of 0 and 1 too, and does not call two groups at 100% known for certain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from audits.core.cells import Cells
from audits.core.intervals import Interval, quantile_of
from audits.core.operating import SHARES, Confusion
from audits.core.values import Estimate


def rest_of(everyone: Cells, group: Cells) -> Cells:
    """The cells of everyone outside the group, which must be part of everyone: exact, because counts subtract."""
    # By outcome and rung, where everyone's cell is; past the end, so that an error follows, where there is none.
    place = np.full((2, len(everyone.ladder.rank)), len(everyone.n))
    place[everyone.outcome, everyone.rung] = np.arange(len(everyone.n))
    inside = place[group.outcome, np.searchsorted(everyone.ladder.rank, group.rank)]
    n, total, square = everyone.n.copy(), everyone.n * everyone.score, everyone.n * everyone.square
    n[inside] -= group.n
    kept = n > 0
    if everyone.exact:
        score, squared = everyone.score, everyone.square
    else:
        total[inside] -= group.n * group.score
        square[inside] -= group.n * group.square
        some = np.maximum(n, 1)
        score, squared = np.clip(total / some, 0.0, 1.0), np.clip(square / some, 0.0, 1.0)
    return Cells(
        everyone.outcome[kept],
        everyone.rank[kept],
        score[kept],
        squared[kept],
        n[kept],
        everyone.above[kept],
        everyone.least[kept],
        everyone.exact,
    )


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between a group and the rest, and how surely it is not nothing.

    z: the test statistic of "no difference from the rest", standard normal when there is none; None where undefined.
    """

    estimate: Estimate
    z: float | None = None

    @property
    def p(self) -> float | None:
        """Two-sided p-value; None where the statistic is undefined."""
        return None if self.z is None else float(2 * norm.sf(abs(self.z)))

    def widened(self, factor: float, *, log: bool, words: str, low: float | None, high: float | None) -> Between:
        """The same, with limits `factor` >= 1 times as far away (on the log scale if asked), and z as much smaller.

        low, high: the range of the measure; None where unbounded.
        """
        found = self.estimate
        value, its = found.value or 0.0, _ends(found)
        if log:
            ends = [value * (end / value) ** factor for end in its]
        else:
            ends = [value + factor * (end - value) for end in its]
        least = ends[0] if low is None else max(low, ends[0])
        most = ends[1] if high is None else min(high, ends[1])
        made = replace(found, low=least, high=most, method=f"{found.method}; {words}")
        return Between(made, None if self.z is None else self.z / factor)


def difference(one: Estimate, two: Estimate, confidence: float, *, low: float, high: float) -> Between:
    """one - two, inside [low, high]. one: the group's estimate, two: that of the rest, both at this confidence."""
    refused = _refused(one, two)
    if refused is not None:
        return Between(refused)
    value, its, other = (one.value or 0.0) - (two.value or 0.0), _ends(one), _ends(two)
    below = math.hypot((one.value or 0.0) - its.low, other.high - (two.value or 0.0))
    above = math.hypot(its.high - (one.value or 0.0), (two.value or 0.0) - other.low)
    method = f"MOVER limits from both intervals ({one.method}); {_against(one, two)}"
    made = Estimate(value, max(low, value - below), min(high, value + above), one.n, one.events, method)
    # The distance towards no difference is what the interval would have to bridge: the test and it agree.
    reach = (below if value > 0 else above) / quantile_of(confidence)
    return Between(made, value / reach if reach > 0 else None)


def log_ratio(one: Estimate, two: Estimate, confidence: float) -> Between:
    """one / two of two positive estimates whose intervals were made on the log scale."""
    refused = _refused(one, two)
    if refused is not None:
        return Between(refused)
    if not (one.value and two.value and one.low and two.low):
        return Between(Estimate.undefined("the ratio has no logarithm", n=one.n, events=one.events))
    its, other = _ends(one), _ends(two)
    error = math.hypot(math.log(its.high / its.low), math.log(other.high / other.low)) / (2 * quantile_of(confidence))
    value = one.value / two.value
    reach = quantile_of(confidence) * error
    method = f"log method; {_against(one, two)}"
    made = Estimate(value, value * math.exp(-reach), value * math.exp(reach), one.n, one.events, method)
    return Between(made, math.log(value) / error if error > 0 else None)


def share_difference(
    measure: str, group: Confusion, rest: Confusion, one: Estimate, two: Estimate, confidence: float
) -> Between:
    """Newcombe's interval of a difference of shares, and the score test with the pooled share (no correction)."""
    found = difference(one, two, confidence, low=-1.0, high=1.0)
    if found.estimate.value is None:
        return found
    hits_of, total_of, _ = SHARES[measure]
    hits, total, other, others = hits_of(group), total_of(group), hits_of(rest), total_of(rest)
    method = f"Newcombe method 10, {hits} of {total} against {other} of {others}"
    pooled = (hits + other) / (total + others)
    error = math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / others))
    # Everybody caught, or nobody: the two shares are the same, and nothing speaks against it.
    return Between(replace(found.estimate, method=method), found.estimate.value / error if error > 0 else 0.0)


def share_ratio(one: Estimate, two: Estimate) -> Between:
    """one / two of two shares with their Wilson intervals (Donner & Zou 2012)."""
    refused = _refused(one, two)
    if refused is not None:
        return Between(refused)
    top, bottom, its, other = one.value or 0.0, two.value or 0.0, _ends(one), _ends(two)
    if bottom == 0.0:
        return Between(Estimate.undefined("the share outside the group is 0", n=one.n, events=one.events))
    product = top * bottom
    least = its.low * (2 * top - its.low)
    low = (
        least / (product + math.sqrt(max(0.0, product**2 - least * other.high * (2 * bottom - other.high))))
        if least
        else 0.0
    )
    most, floor = its.high * (2 * top - its.high), other.low * (2 * bottom - other.low)
    high = (product + math.sqrt(max(0.0, product**2 - most * floor))) / floor
    method = f"MOVER limits from two Wilson intervals; {_against(one, two)}"
    value = top / bottom
    return Between(Estimate(value, min(low, value), max(high, value), one.n, one.events, method))


def _refused(one: Estimate, two: Estimate) -> Estimate | None:
    """An undefined estimate when either side has no value or no interval."""
    sides: Mapping[str, Estimate] = {"in the group": one, "outside the group": two}
    for where, side in sides.items():
        if side.value is None:
            return Estimate.undefined(f"{where}: {side.reason}", n=one.n, events=one.events)
        if side.low is None or side.high is None:
            return Estimate.undefined(f"{where}: the value has no interval", n=one.n, events=one.events)
    return None


def _ends(found: Estimate) -> Interval:
    assert found.low is not None
    assert found.high is not None
    return Interval(found.low, found.high)


def _against(one: Estimate, two: Estimate) -> str:
    return f"{one.value:.4g} in the group ({one.n} rows) against {two.value:.4g} outside it ({two.n} rows)"
