"""Is acting on the model worth it? Net benefit at an operating point, from confusion counts.

Who acts at a risk of pt says that one missed event weighs as much as (1 - pt) / pt needless interventions. The odds
w = pt / (1 - pt) turn false positives into the currency of true ones (Vickers & Elkin 2006, Med Decis Making 26:565):

    net benefit        TP/n - w FP/n
    treat everyone     events/n - w non-events/n;  treat no one: 0

Every measure here is a difference a - w b of two shares of the same rows, each with Wilson's interval. Limits come from
the distances between the shares and their own limits (MOVER with their covariance: Zou 2007, Psychol Methods 12:399;
Zou & Donner 2008, Stat Med 27:1693), so that nobody flagged, or nobody flagged in vain, does not look certain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells
from audits.core.functionals import Functional, divide
from audits.core.intervals import Interval, wilson
from audits.core.operating import Confusion
from audits.core.values import Estimate

KEYS = ("net_benefit", "standardised_net_benefit", "net_benefit_gain", "interventions_avoided")
#: Nearer to 0 or 1 the odds are no trade-off that anybody makes, and leave float64 when they are squared.
_LEAST = 1e-6
_NO_ODDS = "net benefit has no odds at an operating point of 0 or 1, or within a millionth of them"


@dataclass(frozen=True, slots=True)
class Advantage:
    """How much more net benefit than one alternative, with an interval. over: the alternative, in words."""

    over: str
    value: float
    low: float
    high: float


def odds(score: float) -> float:
    """w = pt / (1 - pt); score: (0, 1)."""
    return score / (1 - score)


def at_point(
    counts: Confusion, score: float, confidence: float, rivals: Sequence[Advantage] = ()
) -> dict[str, Estimate]:
    """The measures of KEYS at one operating point. counts: with rows and events; score: the cut-off, which is pt.

    rivals: further alternatives that the gain must beat, at `gain_confidence`, such as an existing method.
    """
    rows, events = counts.rows, counts.events
    if not _LEAST <= score <= 1 - _LEAST:
        return dict.fromkeys(KEYS, Estimate.undefined(_NO_ODDS, n=rows, events=events))
    weight, method = odds(score), f"MOVER from Wilson limits; pt {score:.4g}"
    tp, fp, fn, tn = (
        counts.true_positives, counts.false_positives, counts.false_negatives, counts.true_negatives,
    )  # fmt: skip
    benefit, interval = difference(tp, fp, weight, rows, confidence)
    avoided, its = difference(tn, fn, 1 / weight, rows, confidence)
    return {
        "net_benefit": Estimate(benefit, interval.low, min(1.0, interval.high), rows, events, method),
        "standardised_net_benefit": _standardised(counts, weight, confidence, method),
        "net_benefit_gain": gain(counts, score, confidence, rivals),
        "interventions_avoided": Estimate(
            100 * avoided, 100 * its.low, min(100.0, 100 * its.high), rows, events, f"{method}; against treating all"
        ),
    }


def difference(hits: float, costs: float, weight: float, rows: float, confidence: float) -> tuple[float, Interval]:
    """hits/rows - weight * costs/rows for two kinds of the same rows, which exclude each other; rows > 0. Counts may be
    fractional, as wilson's may."""
    one, other = hits / rows, costs / rows
    its, others = wilson(hits, rows, confidence), wilson(costs, rows, confidence)
    spread = one * (1 - one) * other * (1 - other)
    # Two kinds of the same rows: where there is more of one there is less of the other.
    together = -one * other / math.sqrt(spread) if spread > 0 else 0.0
    value = one - weight * other
    low = _length(one - its.low, weight * (others.high - other), together)
    high = _length(its.high - one, weight * (other - others.low), together)
    return value, Interval(value - low, value + high)


def _length(one: float, other: float, correlation: float) -> float:
    """Of the difference of two parts: their squares, less twice what they share."""
    return math.sqrt(one * one + other * other - 2 * correlation * one * other)


def _standardised(counts: Confusion, weight: float, confidence: float, method: str) -> Estimate:
    """Net benefit over prevalence: TP/events - w FP/events, the share of the greatest possible one (Kerr 2016).

    Which events are caught says nothing about how many non-events there are per event, so the parts are independent;
    FP/events is the odds of the share FP/(FP + events).
    """
    events, costs = counts.events, counts.false_positives
    if events == 0:
        return Estimate.undefined("no rows with the outcome", n=counts.rows, events=0)
    caught = wilson(counts.true_positives, events, confidence)
    share = wilson(costs, costs + events, confidence)
    one, other = counts.true_positives / events, costs / events
    low = math.hypot(one - caught.low, weight * (share.high / (1 - share.high) - other))
    high = math.hypot(caught.high - one, weight * (other - share.low / (1 - share.low)))
    value = one - weight * other
    return Estimate(value, value - low, min(1.0, value + high), counts.rows, events, method)


def gain_confidence(confidence: float, alternatives: int) -> float:
    """What each upper limit must hold at for the smallest of them to hold (Bonferroni)."""
    return 1 - (1 - confidence) / alternatives


def gain(counts: Confusion, score: float, confidence: float, rivals: Sequence[Advantage] = ()) -> Estimate:
    """Net benefit less the best alternative's: treating all, treating none, and any rivals; score: (0, 1).

    The smallest of several advantages: it is at least the smallest lower limit, each at the plain confidence, because
    one of them is the true smallest (intersection-union: Berger 1982, Technometrics 24:295); it is at most every upper
    limit, which all have to hold and are therefore wider.
    """
    weight, rows = odds(score), counts.rows
    kept = gain_confidence(confidence, 2 + len(rivals))
    found = []
    for over, hits, costs, factor, scale in (
        ("treating none", counts.true_positives, counts.false_positives, weight, 1.0),
        ("treating all", counts.true_negatives, counts.false_negatives, 1 / weight, weight),
    ):
        value, narrow = difference(hits, costs, factor, rows, confidence)
        _, wide = difference(hits, costs, factor, rows, kept)
        found.append(Advantage(over, scale * value, scale * narrow.low, scale * wide.high))
    found += rivals
    least = min(found, key=lambda each: each.value)
    method = f"smallest of {len(found)} advantages, the smallest being over {least.over}; pt {score:.4g}"
    low, high = min(each.low for each in found), min(each.high for each in found)
    return Estimate(least.value, low, max(least.value, min(1.0, high)), rows, counts.events, method)


def _formula(measure: str, cut: int, score: float) -> Functional:
    """NaN throughout where pt has no odds."""

    def measured(cells: Cells, weights: Floats) -> Floats:
        flagged, event = cells.flagged(cut), cells.outcome == 1
        rows, events = weights.sum(axis=1), weights @ event
        if not _LEAST <= score <= 1 - _LEAST:
            return np.full(len(weights), np.nan)
        weight = odds(score)
        benefit = divide(weights @ (flagged & event) - weight * (weights @ (flagged & ~event)), rows)
        everyone = divide(events - weight * (rows - events), rows)
        made: dict[str, Floats] = {
            "net_benefit": benefit,
            "standardised_net_benefit": divide(benefit * rows, events),
            "net_benefit_gain": benefit - everyone.clip(min=0.0),
            "interventions_avoided": 100 * (benefit - everyone) / weight,
        }
        return made[measure]

    return measured


def _maker(measure: str) -> Callable[[int, float], Functional]:
    return lambda cut, score: _formula(measure, cut, score)


#: By key in the catalogue: FUNCTIONALS[measure](index of the cut, its score). The gain is that over treating all and
#: none; where there is a comparator it is an upper bound of the reported one.
FUNCTIONALS: Mapping[str, Callable[[int, float], Functional]] = MappingProxyType({key: _maker(key) for key in KEYS})
