"""Are groups treated alike? Gaps between groups: fairlearn's definitions on weighted counts, our own intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    equalized_odds_difference,
    equalized_odds_ratio,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import precision_score

from audits.core.arrays import Floats
from audits.core.gaps import Family, difference_limits, mover_limits, ratio_limits
from audits.core.intervals import Interval, newcombe
from audits.core.operating import SHARES, Confusion
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
    "predictive_parity_difference": ("precision", "difference"),
}


def _precision(outcome: Floats, flag: Floats, sample_weight: Floats) -> float:
    """scikit-learn's precision, NaN rather than 0 where nobody is flagged."""
    return float(precision_score(outcome, flag, sample_weight=sample_weight, zero_division=np.nan))


_METRICS: Mapping[str, Callable[..., float]] = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "precision": _precision,
}


def parity_points(groups: Mapping[str, Confusion]) -> dict[str, float]:
    """fairlearn's value of every parity measure on weighted confusion counts; NaN where it has none."""
    sensitive, outcome, flag, weight = _rows(groups)
    frame = MetricFrame(
        metrics=dict(_METRICS),
        y_true=outcome,
        y_pred=flag,
        sensitive_features=sensitive,
        sample_params={name: {"sample_weight": weight} for name in _METRICS},
    )
    gaps = {"difference": frame.difference("between_groups"), "ratio": frame.ratio("between_groups")}
    points = {measure: float(gaps[how][name]) for measure, (name, how) in PARITY.items()}
    odds = {"sensitive_features": sensitive, "sample_weight": weight, "method": "between_groups"}
    points["equalized_odds_difference"] = float(equalized_odds_difference(outcome, flag, **odds))
    # fairlearn takes the smaller of two ratios, and min() with a NaN in it depends on their order.
    ratios = (points["equal_opportunity_ratio"], points["false_positive_rate_ratio"])
    defined = all(math.isfinite(ratio) for ratio in ratios)
    points["equalized_odds_ratio"] = float(equalized_odds_ratio(outcome, flag, **odds)) if defined else math.nan
    return points


def _rows(groups: Mapping[str, Confusion]) -> tuple[list[str], list[int], list[int], list[int]]:
    """Group, outcome, flag and weight of at most four rows per group; empty cells left out."""
    rows = [
        (name, outcome, flag, weight)
        for name, counts in groups.items()
        for outcome, flag, weight in (
            (1, 1, counts.true_positives),
            (0, 1, counts.false_positives),
            (1, 0, counts.false_negatives),
            (0, 0, counts.true_negatives),
        )
        if weight
    ]
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows]


#: measure -> the rates whose gaps it takes the worst of
FAMILIES: Mapping[str, tuple[str, ...]] = {
    **{measure: (rate,) for measure, (rate, _) in PARITY.items()},
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
    "equalized_odds_ratio": ("true_positive_rate", "false_positive_rate"),
}


def rates_of(counts: Confusion) -> dict[str, float]:
    """The four shares that parity measures compare; NaN where there is nothing to divide by."""

    def over(hits: int, total: int) -> float:
        return hits / total if total else math.nan

    return {
        "selection_rate": over(counts.flagged, counts.rows),
        "true_positive_rate": over(counts.true_positives, counts.events),
        "false_positive_rate": over(counts.false_positives, counts.nonevents),
        "precision": over(counts.true_positives, counts.flagged),
    }


def between(values: Sequence[float], how: str) -> float:
    """Largest minus smallest, or smallest over largest, over the groups; NaN when all are zero."""
    largest, smallest = max(values), min(values)
    if how == "difference":
        return largest - smallest
    return smallest / largest if largest > 0 else math.nan


#: (are there bootstrap limits?, are there MOVER limits?) -> how the interval was made
_LIMITS: Mapping[tuple[bool, bool], str] = {
    (True, False): "simultaneous bootstrap limits over pairs, {replicates:,} replicates",
    (True, True): "the wider of simultaneous bootstrap limits over pairs, {replicates:,} replicates, and MOVER limits "
    "from each group's own interval (Bonferroni over pairs)",
    (False, True): "MOVER limits from each group's own interval (Bonferroni over pairs), because the replicates of a "
    "group are all alike or mostly undefined",
    (False, False): "no interval: the replicates of a group are all alike or mostly undefined",
}


def gap(
    value: float,
    families: Sequence[Family],
    how: str,
    confidence: float,
    who: Comparison,
    own: Sequence[Interval] | None = None,
) -> Estimate:
    """A gap in [0, 1] with simultaneous limits; undefined when fairlearn's value is.

    own: for a difference, each group's own interval at `gaps.pair_confidence`. The wider of both limits is taken:
    where few patients are misranked the bootstrap alone held the truth 87-92% of the time, both together 93-99%, for
    5% more width at an AUROC of 0.8 (tests/reference/test_coverage_of_auroc.py).
    """
    count, replicates = len(who.groups), families[0][1].shape[1]
    if not math.isfinite(value):
        return Estimate.undefined("the largest rate is zero or undefined, so groups cannot be compared", n=count)
    bootstrap = (difference_limits if how == "difference" else ratio_limits)(families, confidence)
    mover = mover_limits(families[0][0].tolist(), own) if own else None
    method = who.method(_LIMITS[bootstrap is not None, mover is not None].format(replicates=replicates))
    found = [limits for limits in (bootstrap, mover) if limits is not None]
    if not found:
        return Estimate(value, n=count, method=method)
    low = max(0.0, min(value, *(limits.low for limits in found)))
    high = min(1.0, max(value, *(limits.high for limits in found)))
    return Estimate(value, low, high, count, None, method)


def against_rest(measure: str, group: Confusion, everyone: Confusion, confidence: float) -> Estimate:
    """A share in the group minus the share outside it, with Newcombe's interval. measure: a key of SHARES."""
    rest = everyone - group
    hits_of, total_of, nothing = SHARES[measure]
    for counts, who in ((group, "in the group"), (rest, "outside the group")):
        if total_of(counts) == 0:
            return Estimate.undefined(f"{nothing} {who}", n=group.rows, events=group.events)
    pair = (hits_of(group), total_of(group), hits_of(rest), total_of(rest))
    interval = newcombe(*pair, confidence)
    value = pair[0] / pair[1] - pair[2] / pair[3]
    method = f"Newcombe method 10, {pair[0]} of {pair[1]} against {pair[2]} of {pair[3]}"
    return Estimate(value, interval.low, interval.high, group.rows, group.events, method)
