"""Is the model better than the method it would replace, on the same patients? Paired measures and their intervals.

Every difference is the model's value minus the existing method's. A criterion with `minimum: -margin` on the interval
of a difference is the test of non-inferiority: the plan froze the margin, and the check is met when the whole interval
lies above it (Piaggio 2012, JAMA 308:2594). That the interval also lies above 0, superiority, may be read off it
without penalty (FDA 2016, Non-Inferiority Clinical Trials).
"""

from __future__ import annotations

import math

from audits.core.accuracy import brier_point
from audits.core.cells import Cells
from audits.core.discrimination import auroc, binning_bound
from audits.core.intervals import Interval, symmetric
from audits.core.pair_cells import Pair
from audits.core.paired import apart, delong_difference, mcnemar, net_benefit, of_means, tango
from audits.core.values import Estimate

WHOLE = ("comparator_auroc", "auroc_vs_comparator", "brier_vs_comparator", "idi")
AT_POINT = (
    "sensitivity_vs_comparator",
    "specificity_vs_comparator",
    "mcnemar_sensitivity_p",
    "mcnemar_specificity_p",
    "net_benefit_vs_comparator",
    "nri_events",
    "nri_nonevents",
)
_NO_RISK = "the existing method is a decision, not a risk"


def whole(pair: Pair, confidence: float) -> dict[str, Estimate]:
    """The measures of WHOLE; the pair must hold both outcomes."""
    ours, theirs = auroc(pair.model, confidence), auroc(pair.comparator, confidence)
    return {
        "comparator_auroc": theirs,
        "auroc_vs_comparator": _auroc_difference(pair, ours, theirs, confidence),
        "brier_vs_comparator": _brier_difference(pair, confidence),
        "idi": _idi(pair, confidence),
    }


def at_point(pair: Pair, cut: int, other_cut: int, score: float, confidence: float) -> dict[str, Estimate]:
    """The measures of AT_POINT where the cuts have these indices. score: the operating point itself, [0, 1].

    Intervals are those of given cuts; where both were chosen on these rows `pair_targets.joined` makes them hold.
    """
    cells = pair.pairs
    flag, other = cells.flags(cut, other_cut)
    made: dict[str, Estimate] = {}
    gaps: list[tuple[float, Interval]] = []
    for measure, outcome, yes, no in (("sensitivity", 1, flag, other), ("specificity", 0, other, flag)):
        # A specificity counts patients left alone, so there the model is right alone where only the other one flags.
        inside = cells.outcome == outcome
        n = int(cells.n[inside].sum())
        only_one, only_other = (int(cells.n[inside & a & ~b].sum()) for a, b in ((yes, no), (no, yes)))
        value, interval = (only_one - only_other) / n, tango(only_one, only_other, n, confidence)
        gaps.append((value, interval))
        method = f"Tango score interval, {only_one} against {only_other} disagreements in {n}"
        made[f"{measure}_vs_comparator"] = Estimate(
            value, min(interval.low, value), max(interval.high, value), cells.rows, cells.events, method
        )
        made[f"mcnemar_{measure}_p"] = _p(pair, only_one, only_other)
    made["net_benefit_vs_comparator"] = _net_benefit(pair, gaps, score, confidence)
    # With one cut-off a patient moves up when only the model flags: the two parts are these differences by definition.
    made["nri_events"], made["nri_nonevents"] = made["sensitivity_vs_comparator"], made["specificity_vs_comparator"]
    return {measure: made[measure] for measure in AT_POINT}


def standing(low: float | None, high: float | None, *, margin: float | None, higher: bool = True) -> str:
    """Where a difference stands, in words: superior, non-inferior within a margin, inferior, or cannot tell.

    low, high: the interval of model minus existing method. margin: >= 0, how much worse was declared acceptable; None
    where nothing was. higher: whether more of the measure is better.
    """
    if low is None or high is None:
        return "cannot tell"
    worst, best = (low, high) if higher else (-high, -low)
    if worst > 0:
        return "superior"
    if margin is None:
        return "inferior" if best < 0 else "cannot tell"
    if worst >= -margin:
        return f"non-inferior within {margin:g}" + (", though worse" if best < 0 else "")
    return "inferior" if best < -margin else "cannot tell"


def _auroc_difference(pair: Pair, ours: Estimate, theirs: Estimate, confidence: float) -> Estimate:
    """Model's AUROC minus the comparator's: paired DeLong, or a wider interval where that misses a term.

    Simulated coverage is 93-96%, but some 90% with fifteen events and AUROCs near 1 of scores that mostly agree
    (tests/reference/test_coverage_of_comparison.py): a plan asks for more events than that.
    """
    own = []
    for found, who in ((ours, "the model"), (theirs, "the existing method")):
        if found.value is None or found.low is None or found.high is None:
            return _undefined(f"{who}: {found.reason}", pair)
        own.append((found.value, Interval(found.low, found.high)))
    value = own[0][0] - own[1][0]
    variance = delong_difference(pair.pairs)
    if variance is not None:
        interval, method = symmetric(value, math.sqrt(variance), confidence, low=-1.0, high=1.0), "DeLong, paired"
        slack = _bound(pair.model) + _bound(pair.comparator)
        if slack > 0.0:
            interval = Interval(max(-1.0, interval.low - slack), min(1.0, interval.high + slack))
            method += f", widened by the certified binning error of {slack:.1e}"
    else:
        interval = apart(value, *own)
        method = "from each AUROC's own interval as if independent (the placement values of an outcome do not vary)"
    return _estimate(pair, value, interval, method)


def _bound(cells: Cells) -> float:
    return 0.0 if cells.exact else binning_bound(cells.ladder)


def _brier_difference(pair: Pair, confidence: float) -> Estimate:
    """Model's Brier score minus the comparator's, with the interval of a mean of paired differences."""
    if pair.decides:
        return _undefined(f"{_NO_RISK}, so it has no Brier score", pair)
    cells = pair.pairs
    value = brier_point(pair.model) - brier_point(pair.comparator)
    loss = (cells.score - cells.outcome) ** 2 - (cells.other - cells.outcome) ** 2
    interval = of_means(cells.n, loss, 0 * cells.outcome, (1.0,), confidence)
    return _estimate(pair, value, interval, "mean of paired differences of squared errors")


def _idi(pair: Pair, confidence: float) -> Estimate:
    """Model's discrimination slope (mean score of events minus that of non-events) minus the comparator's."""
    if pair.decides:
        return _undefined(f"{_NO_RISK}, so it has no discrimination slope", pair)
    cells = pair.pairs
    interval = of_means(cells.n, cells.score - cells.other, cells.outcome, (-1.0, 1.0), confidence)
    value = _slope(pair.model) - _slope(pair.comparator)
    return _estimate(pair, value, interval, "difference of two independent means of paired differences")


def _slope(cells: Cells) -> float:
    means = [
        float(cells.n[cells.outcome == y] @ cells.score[cells.outcome == y]) / float(cells.n[cells.outcome == y].sum())
        for y in (0, 1)
    ]
    return means[1] - means[0]


def _net_benefit(pair: Pair, gaps: list[tuple[float, Interval]], score: float, confidence: float) -> Estimate:
    if score >= 1.0:
        return _undefined("at an operating point of 1 a false alarm outweighs everything", pair)
    odds = score / (1 - score)
    value, interval = net_benefit(gaps[0], gaps[1], pair.pairs.events, pair.pairs.rows, odds, confidence)
    return _estimate(pair, value, interval, "from the Tango intervals of both differences and the prevalence (MOVER)")


def _p(pair: Pair, only_one: int, only_other: int) -> Estimate:
    if only_one + only_other == 0:
        return _undefined("the two never disagree, so there is nothing to test", pair)
    p, method = mcnemar(only_one, only_other)
    return Estimate(p, n=pair.pairs.rows, events=pair.pairs.events, method=method)


def _estimate(pair: Pair, value: float, interval: Interval | None, method: str) -> Estimate:
    rows, events = pair.pairs.rows, pair.pairs.events
    if interval is None:
        return Estimate(value, n=rows, events=events, method=f"{method}; no interval, because no difference varies")
    return Estimate(value, min(interval.low, value), max(interval.high, value), rows, events, method)


def _undefined(reason: str, pair: Pair) -> Estimate:
    return Estimate.undefined(reason, n=pair.pairs.rows, events=pair.pairs.events)
