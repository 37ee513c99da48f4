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
from audits.core.intervals import newcombe, reflected
from audits.core.operating import SHARES, Confusion
from audits.core.replicates import divide
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

    def method(self, replicates: int) -> str:
        """How the interval was made and who was compared."""
        named = self.excluded()
        text = f"reflected bootstrap, {replicates:,} replicates; {len(self.groups)} groups"
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


def parity_replicates(rates: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Replicates of every parity measure from each group's replicated rates; each float64[replicates]."""
    stacked = {name: np.stack([group[name] for group in rates]) for name in _METRICS}
    found = {measure: between(stacked[name], how) for measure, (name, how) in PARITY.items()}
    for how, worst in (("difference", np.maximum), ("ratio", np.minimum)):
        pair = (found[f"equal_opportunity_{how}"], found[f"false_positive_rate_{how}"])
        found[f"equalized_odds_{how}"] = worst(*pair)
    return found


def between(values: Floats, how: str) -> Floats:
    """Largest minus smallest, or smallest over largest, over the groups. values: float64[groups, replicates]."""
    largest, smallest = values.max(axis=0), values.min(axis=0)
    if how == "difference":
        return np.asarray(largest - smallest)
    return divide(smallest, largest)


def gap(value: float, replicates: Floats, confidence: float, who: Comparison) -> Estimate:
    """A gap in [0, 1] with its reflected interval; undefined when fairlearn's value is."""
    count = len(who.groups)
    if not math.isfinite(value):
        return Estimate.undefined("the largest rate is zero or undefined, so groups cannot be compared", n=count)
    interval = reflected(value, replicates, confidence, low=0.0, high=1.0)
    if interval is None:
        return Estimate(value, n=count, method=f"no interval: most replicates are undefined; {count} groups")
    return Estimate(value, interval.low, interval.high, count, None, who.method(len(replicates)))


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
