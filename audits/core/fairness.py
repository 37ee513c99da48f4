"""Are groups treated alike? Gaps between groups: fairlearn's definitions on weighted counts, our own intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from audits.core.gaps import Family, difference_limits, mean_limits, mover_limits, ratio_limits
from audits.core.intervals import Interval
from audits.core.operating import Confusion
from audits.core.values import Estimate


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is compared in a grouping. left_out: group -> why; both are said in the method of every estimate."""

    groups: tuple[str, ...]
    left_out: Mapping[str, str]

    def without(self, groups: Mapping[str, str]) -> Comparison:
        """The same comparison with some more groups left out."""
        return Comparison(tuple(g for g in self.groups if g not in groups), {**self.left_out, **groups})

    def refuse(self) -> Estimate | None:
        """An undefined estimate when fewer than two groups remain."""
        if len(self.groups) >= 2:
            return None
        named = self.excluded()
        return Estimate.undefined(
            f"fewer than two groups can be compared{f'; {named}' if named else ''}", n=len(self.groups)
        )

    def excluded(self) -> str:
        """The groups left out, with the reason of each."""
        return "; ".join(f"left out {name} ({why})" for name, why in sorted(self.left_out.items()))

    def method(self, limits: str) -> str:
        """How the interval was made and who was compared."""
        named = self.excluded()
        text = f"{limits}; {len(self.groups)} groups"
        return f"{text}; {named}" if named else text


#: measure -> (what fairlearn aggregates, "difference" or "ratio")
PARITY: Mapping[str, tuple[str, str]] = {
    "demographic_parity_difference": ("selection_rate", "difference"),
    "demographic_parity_ratio": ("selection_rate", "ratio"),
    "equal_opportunity_difference": ("true_positive_rate", "difference"),
    "equal_opportunity_ratio": ("true_positive_rate", "ratio"),
    "false_positive_rate_difference": ("false_positive_rate", "difference"),
    "false_positive_rate_ratio": ("false_positive_rate", "ratio"),
    "false_negative_rate_ratio": ("false_negative_rate", "ratio"),
    "true_negative_rate_ratio": ("true_negative_rate", "ratio"),
    "accuracy_difference": ("accuracy", "difference"),
    "accuracy_ratio": ("accuracy", "ratio"),
    "predictive_parity_difference": ("precision", "difference"),
    "predictive_parity_ratio": ("precision", "ratio"),
}


def parity_points(groups: Mapping[str, Confusion]) -> dict[str, float]:
    """fairlearn's value of every parity measure, from counts; NaN where a group's rate, or all of them, is undefined.

    fairlearn's own `MetricFrame` on the counts gives the same numbers to the last bit, and takes hundreds of times as
    long (tests/reference/test_parity_points.py, docs/benchmarks.md). Where a rate is undefined it takes 0 for it, which
    would be a gap of its own.
    """
    rates = [rates_of(counts) for counts in groups.values()]
    points = {
        measure: between([rate[name] for rate in rates], how) if rates else math.nan
        for measure, (name, how) in PARITY.items()
    }
    return points | _odds(points)


def _odds(points: Mapping[str, float]) -> dict[str, float]:
    """Equalized odds from the gaps that they are the worst, or the mean, of (fairlearn's `agg`); a missing one leaves
    none, where fairlearn's min() of two ratios would depend on their order."""
    differences = (points["equal_opportunity_difference"], points["false_positive_rate_difference"])
    ratios = (points["equal_opportunity_ratio"], points["false_positive_rate_ratio"])
    known = all(math.isfinite(gap) for gap in differences)
    return {
        "equalized_odds_difference": max(differences) if known else math.nan,
        "equalized_odds_mean_difference": sum(differences) / 2 if known else math.nan,
        "equalized_odds_ratio": min(ratios) if all(math.isfinite(ratio) for ratio in ratios) else math.nan,
    }


#: measure -> the rates whose gaps it takes the worst of
FAMILIES: Mapping[str, tuple[str, ...]] = {
    **{measure: (rate,) for measure, (rate, _) in PARITY.items()},
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
    "equalized_odds_ratio": ("true_positive_rate", "false_positive_rate"),
    "equalized_odds_mean_difference": ("true_positive_rate", "false_positive_rate"),
}


def rates_of(counts: Confusion) -> dict[str, float]:
    """The shares that parity measures compare; NaN where there is nothing to divide by."""

    def over(hits: int, total: int) -> float:
        return hits / total if total else math.nan

    return {
        "selection_rate": over(counts.flagged, counts.rows),
        "true_positive_rate": over(counts.true_positives, counts.events),
        "false_positive_rate": over(counts.false_positives, counts.nonevents),
        "false_negative_rate": over(counts.false_negatives, counts.events),
        "true_negative_rate": over(counts.true_negatives, counts.nonevents),
        "accuracy": over(counts.true_positives + counts.true_negatives, counts.rows),
        "precision": over(counts.true_positives, counts.flagged),
    }


def between(values: Sequence[float], how: str) -> float:
    """Largest minus smallest, or smallest over largest, over the groups; NaN when all are zero or one is NaN."""
    if any(math.isnan(value) for value in values):
        return math.nan
    largest, smallest = max(values), min(values)
    if how == "difference":
        return largest - smallest
    return smallest / largest if largest > 0 else math.nan


#: (are there bootstrap limits?, are there MOVER limits?) -> how the interval was made
_LIMITS: Mapping[tuple[bool, bool], str] = {
    (True, False): "simultaneous bootstrap limits over pairs, {drawn}",
    (True, True): "the wider of simultaneous bootstrap limits over pairs, {drawn}, and MOVER limits from each group's "
    "own interval (Bonferroni over pairs)",
    (False, True): "MOVER limits from each group's own interval (Bonferroni over pairs), because the replicates of a "
    "group are all alike or mostly undefined",
    (False, False): "no interval: the replicates of a group are all alike or mostly undefined",
}
#: how groups are compared -> the limits of the comparison
_HOW: Mapping[str, Callable[[Sequence[Family], float], Interval | None]] = {
    "difference": difference_limits,
    "ratio": ratio_limits,
    "mean": mean_limits,
}


def gap(
    value: float,
    families: Sequence[Family],
    how: str,
    confidence: float,
    who: Comparison,
    own: Sequence[Interval] | None = None,
    *,
    unit: str = "",
) -> Estimate:
    """A gap in [0, 1] with simultaneous limits; undefined when fairlearn's value is.

    how: a key of _HOW. own: for a difference, each group's own interval at `gaps.pair_confidence`. The wider of both
    limits is taken: where few patients are misranked the bootstrap alone held the truth 87-92% of the time, both
    together 93-99%, for 5% more width at an AUROC of 0.8 (tests/reference/test_coverage_of_auroc.py).
    unit: what was drawn with replacement, in words, when that is not rows.
    """
    count, replicates = len(who.groups), families[0][1].shape[1]
    if not math.isfinite(value):
        return Estimate.undefined("the largest rate is zero or undefined, so groups cannot be compared", n=count)
    bootstrap = _HOW[how](families, confidence)
    mover = mover_limits(families[0][0].tolist(), own) if own else None
    drawn = f"{replicates:,} replicates{f' {unit}' if unit else ''}"
    method = who.method(_LIMITS[bootstrap is not None, mover is not None].format(drawn=drawn))
    found = [limits for limits in (bootstrap, mover) if limits is not None]
    if not found:
        return Estimate(value, n=count, method=method)
    low = max(0.0, min(value, *(limits.low for limits in found)))
    high = min(1.0, max(value, *(limits.high for limits in found)))
    return Estimate(value, low, high, count, None, method)
