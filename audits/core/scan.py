"""In which combination of attributes does the model do worst, and how bad may that be, having looked at them all?

Every combination is compared with everyone outside it, and the one that departs furthest, in standard errors, is named.
The worst of many looks bad by chance alone, so its limits are made at 1 - alpha / m for m combinations: they then hold
for all of them at once, whichever is picked (Bonferroni: Dunn 1961, J Am Stat Assoc 56:52). That far out in the tails
only exact limits can be relied on: Clopper & Pearson's for shares and for observed events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from audits.core.arrays import Flags, Floats, Ints
from audits.core.calibration import oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc, binning_bound
from audits.core.functionals import divide
from audits.core.intervals import Interval
from audits.core.operating import SHARES, confusion
from audits.core.values import Estimate

#: Combinations compared at most; beyond that those with the most of their scarcer outcome are kept.
MOST = 1000
#: Combinations told of for each measure.
TOLD = 5


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """c combinations of levels, counted. names: c. events, nonevents: float64[c, k], rows at each of k rungs of the
    score ladder, from low to high. expected: float64[c], sum of scores. caught, cleared: float64[c, cuts], events at or
    above each cut and non-events below it."""

    names: tuple[str, ...]
    events: Floats
    nonevents: Floats
    expected: Floats
    caught: Floats
    cleared: Floats

    def only(self, chosen: Flags | Ints) -> Combinations:
        """Some of the combinations."""
        places = np.arange(len(self.names))[chosen]
        parts = (self.events, self.nonevents, self.expected, self.caught, self.cleared)
        return Combinations(tuple(self.names[place] for place in places), *(part[places] for part in parts))

    def outside(self, whole: Combinations) -> Combinations:
        """Everyone outside each combination."""
        return Combinations(
            self.names,
            whole.events - self.events,
            whole.nonevents - self.nonevents,
            whole.expected - self.expected,
            whole.caught - self.caught,
            whole.cleared - self.cleared,
        )

    def scarcer(self) -> Floats:
        """float64[c]: rows of the scarcer outcome."""
        return np.asarray(np.minimum(self.events.sum(axis=1), self.nonevents.sum(axis=1)))


def enough(found: Combinations, whole: Combinations, events: int, nonevents: int) -> Flags:
    """bool[c]: whether a combination and everyone outside it both hold this much of each outcome, and at least one."""
    kept = np.ones(len(found.names), dtype=bool)
    for side in (found, found.outside(whole)):
        kept &= (side.events.sum(axis=1) >= max(1, events)) & (side.nonevents.sum(axis=1) >= max(1, nonevents))
    return kept


def most_informative(found: Combinations, most: int) -> Ints:
    """Places of at most `most` combinations, those with the most of their scarcer outcome, in their own order."""
    order = np.lexsort((np.arange(len(found.names)), -found.scarcer()))
    return np.sort(order[:most])


def share_departure(hits: Floats, total: Floats, other: Floats, others: Floats) -> Floats:
    """Score statistic of hits / total against other / others, float64[c]; NaN where everyone or nobody is hit."""
    pooled = divide(hits + other, total + others)
    error = np.sqrt(pooled * (1 - pooled) * (divide(np.ones_like(total), total) + divide(np.ones_like(others), others)))
    return divide(divide(hits, total) - divide(other, others), error)


def sensitivity_departure(found: Combinations, rest: Combinations, cut: int) -> Floats:
    """Below 0 where cases are missed more often than outside."""
    totals = (found.events.sum(axis=1), rest.events.sum(axis=1))
    return share_departure(found.caught[:, cut], totals[0], rest.caught[:, cut], totals[1])


def specificity_departure(found: Combinations, rest: Combinations, cut: int) -> Floats:
    """Below 0 where there are more false alarms than outside."""
    totals = (found.nonevents.sum(axis=1), rest.nonevents.sum(axis=1))
    return share_departure(found.cleared[:, cut], totals[0], rest.cleared[:, cut], totals[1])


def oe_departure(found: Combinations, rest: Combinations) -> Floats:
    """Minus the distance of ln O/E from that outside, so that the smallest is the furthest off in either direction."""
    logs, variance = [], np.zeros(len(found.names))
    for side in (found, rest):
        observed, rows = side.events.sum(axis=1), (side.events + side.nonevents).sum(axis=1)
        ratio = divide(observed, side.expected)
        logs.append(np.log(np.where(ratio > 0, ratio, np.nan)))
        variance = variance + divide(1 - divide(observed, rows), observed)
    return -divide(np.abs(logs[0] - logs[1]), np.sqrt(variance))


def auroc_departure(found: Combinations, rest: Combinations) -> Floats:
    """Below 0 where scores rank worse than outside; the variances are DeLong's, of two independent samples."""
    (area, variance), (other, others) = _areas(found), _areas(rest)
    return divide(area - other, np.sqrt(variance + others))


def _areas(side: Combinations) -> tuple[Floats, Floats]:
    """AUROC and its variance (DeLong 1988), float64[c]."""
    events, nonevents = side.events.sum(axis=1, keepdims=True), side.nonevents.sum(axis=1, keepdims=True)
    below = divide(np.cumsum(side.nonevents, axis=1) - side.nonevents / 2, nonevents)
    over = 1 - divide(np.cumsum(side.events, axis=1) - side.events / 2, events)
    area = divide((side.events * below).sum(axis=1), events[:, 0])
    variance = np.zeros(len(area))
    for weight, placement, total in ((side.events, below, events), (side.nonevents, over, nonevents)):
        spread = (weight * (placement - area[:, None]) ** 2).sum(axis=1)
        variance = variance + divide(spread, (total * (total - 1))[:, 0])
    return area, variance


def worst(departure: Floats, told: int = TOLD) -> list[int]:
    """Places of the smallest departures, smallest first; undefined ones are passed over."""
    order = np.argsort(np.where(np.isfinite(departure), departure, np.inf), kind="stable")
    return [int(place) for place in order[:told] if np.isfinite(departure[place])]


def exact(hits: float, n: float, confidence: float) -> Interval:
    """Clopper & Pearson's interval of a share (1934, Biometrika 26:404); never holds the truth less often than said."""
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.isf(tail, hits + 1, n - hits)) if hits < n else 1.0
    return Interval(low, high)


def estimate(measure: str, cells: Cells, cut: int | None, confidence: float) -> Estimate:
    """The measure in one combination, with limits that can be relied on at a confidence very near 1."""
    rows, events = cells.rows, cells.events
    if measure == "auroc":
        return _auroc(cells, confidence)
    if measure == "oe_ratio":
        found = oe_ratio(cells, confidence)
        if found.value is None:
            return found
        # Given the scores, events vary less than a binomial count of the same mean (Hoeffding 1956).
        mean = float(cells.n @ cells.score) / rows
        interval = exact(events, rows, confidence)
        return Estimate(found.value, interval.low / mean, interval.high / mean, rows, events, "Clopper-Pearson")
    assert cut is not None
    counts = confusion(cells, cut)
    hits_of, total_of, nothing = SHARES[measure]
    hits, total = hits_of(counts), total_of(counts)
    if total == 0:
        return Estimate.undefined(nothing, n=rows, events=events)
    interval = exact(hits, total, confidence)
    return Estimate(hits / total, interval.low, interval.high, rows, events, f"Clopper-Pearson, {hits} of {total}")


def _auroc(cells: Cells, confidence: float) -> Estimate:
    """AUROC with exact limits of a share of its scarcer outcome: no AUROC varies more (Birnbaum & Klose 1957).

    DeLong's limits, asked for a tail of 1 in 6,000, missed the truth up to 40 times as often with ten events.
    """
    found = auroc(cells, confidence)
    if found.value is None:
        return found
    scarce = min(cells.events, cells.nonevents)
    bound = 0.0 if cells.exact else binning_bound(cells.ladder)
    low, high = exact(found.value * scarce, scarce, confidence)
    method = "Clopper-Pearson on the scarcer outcome"
    method += f", widened by the certified binning error of {bound:.1e}" if bound > 0 else ""
    return Estimate(found.value, max(0.0, low - bound), min(1.0, high + bound), found.n, found.events, method)


def simultaneous(confidence: float, members: int) -> float:
    """What one interval must hold at for all of this many to hold together."""
    return 1 - (1 - confidence) / max(1, members)
