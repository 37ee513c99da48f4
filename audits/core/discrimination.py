"""Does the score rank patients with the outcome above those without? AUROC and average precision, from cells."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import digamma

from audits.core.arrays import Floats
from audits.core.cells import Cells, Ladder
from audits.core.intervals import Interval, on_logit, wilson
from audits.core.values import Estimate


def auroc(cells: Cells, confidence: float) -> Estimate:
    """AUROC with DeLong's interval on the logit scale, or a wider one where DeLong's would be certain of too much.

    Cells must hold both outcomes.
    """
    if len(cells.ladder.rank) < 2:
        return Estimate.undefined("every score is the same, so nothing is ranked", n=cells.rows, events=cells.events)
    value = auroc_point(cells)
    ladder = cells.ladder
    if 0.0 < value < 1.0 and placements_vary(ladder):
        interval, method = on_logit(value, math.sqrt(delong_variance(ladder)), confidence), "DeLong, logit scale"
    else:
        # DeLong's variance loses the term of an outcome whose placements are all alike: both at 0 and 1, one with a
        # single event. It would claim certainty (Obuchowski & Lieber 2002, Acad Radiol 9:526). No AUROC A varies more
        # than A(1 - A) / (rows of the scarcer outcome) (Birnbaum & Klose 1957, Ann Math Stat 28:933), which is the
        # variance that Wilson's interval inverts, so this one errs on the wide side.
        scarce = min(cells.events, cells.nonevents)
        interval = wilson(value * scarce, scarce, confidence)
        method = "Wilson on the scarcer outcome (the placement values of an outcome do not vary)"
    bound, _ = binning_slack("auroc", cells, value)
    if bound > 0.0:
        interval = Interval(max(0.0, interval.low - bound), min(1.0, interval.high + bound))
        method += f", widened by the certified binning error of {bound:.1e}"
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)


def auroc_point(cells: Cells) -> float:
    """The share of pairs with and without the outcome that are in order, ties counting half; equal to the one on rows
    when cells are exact. Cells must hold both outcomes."""
    below, _ = _placements(cells.ladder)
    return min(1.0, float(cells.ladder.events @ below) / cells.events)


def placements_vary(ladder: Ladder) -> bool:
    """Whether both outcomes have placement values that differ: without that, DeLong's variance misses a term."""
    below, over = _placements(ladder)
    return bool(np.ptp(below[ladder.events > 0]) > 0 and np.ptp(over[ladder.nonevents > 0]) > 0)


def delong_variance(ladder: Ladder) -> float:
    """Variance of the AUROC from placement values (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837).

    An outcome with one row adds nothing to it: ask `placements_vary` first.
    """
    events, nonevents = float(ladder.events.sum()), float(ladder.nonevents.sum())
    below, over = _placements(ladder)
    area = float(ladder.events @ below) / events
    variance = 0.0
    for weight, placement, total in ((ladder.events, below, events), (ladder.nonevents, over, nonevents)):
        if total > 1:
            variance += float(weight @ (placement - area) ** 2) / (total - 1) / total
    return variance


def _placements(ladder: Ladder) -> tuple[Floats, Floats]:
    """At each rung V10 of an event, the share of non-events below it, and V01 of a non-event, that of events above.

    Ties count half.
    """
    below = (np.cumsum(ladder.nonevents) - ladder.nonevents / 2) / ladder.nonevents.sum()
    over = 1 - (np.cumsum(ladder.events) - ladder.events / 2) / ladder.events.sum()
    return below, over


def binning_bound(ladder: Ladder) -> float:
    """How far the AUROC of binned scores can be from that of the scores: half of the pairs tied by the bins."""
    pairs = float(ladder.events.sum()) * float(ladder.nonevents.sum())
    return 0.5 * float(ladder.events @ ladder.nonevents) / pairs if pairs else 0.0


def average_precision(cells: Cells, confidence: float) -> Estimate:
    """Average precision with a logit interval whose n is the events (Boyd, Eng & Page 2013).

    The mean over events of the precision among all rows with at least their score: the step-wise sum, not the
    interpolated area, which flatters (Davis & Goadrich 2006).
    """
    if len(cells.ladder.rank) < 2:
        return Estimate.undefined("every score is the same, so nothing is ranked", n=cells.rows, events=cells.events)
    value = average_precision_point(cells.ladder)
    if 0.0 < value < 1.0:
        error = math.sqrt(value * (1 - value) / cells.events)
        interval, method = on_logit(value, error, confidence), "logit scale, n = events"
    else:
        # The logit is undefined at 0 and 1.
        interval, method = wilson(round(value * cells.events), cells.events, confidence), "Wilson, n = events"
    below, above = binning_slack("average_precision", cells, value)
    if below + above > 0.0:
        interval = Interval(max(0.0, interval.low - below), min(1.0, interval.high + above))
        method += f", widened by the certified binning error of -{below:.1e} to +{above:.1e}"
    prevalence = cells.events / cells.rows
    method += f"; prevalence {prevalence:.4g}"
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)


def average_precision_point(ladder: Ladder) -> float:
    """The sum over scores, from the highest down, of the events there times the precision from there up."""
    caught, false = np.cumsum(ladder.events[::-1]), np.cumsum(ladder.nonevents[::-1])
    return min(1.0, float(ladder.events[::-1] @ (caught / (caught + false))) / float(caught[-1]))


def binning_slack(measure: str, cells: Cells, value: float) -> tuple[float, float]:
    """How far below and above the value on these cells that of the scores themselves can be; 0 for other measures."""
    if cells.exact or measure not in ("auroc", "average_precision"):
        return 0.0, 0.0
    if measure == "auroc":
        bound = binning_bound(cells.ladder)
        return bound, bound
    least, most = precision_bounds(cells.ladder)
    return max(0.0, value - least), max(0.0, most - value)


def precision_bounds(ladder: Ladder) -> Interval:
    """The lowest and highest average precision that scores with these bins can have; needs an event.

    The order inside a bin is unknown: at worst its non-events come first, at best its events do. With C events and D
    rows without the outcome flagged before, the j-th event of a bin adds (C + j) / (C + j + D) to the sum, where D
    includes the bin's own non-events at worst; the sum over j is a difference of digamma functions.
    """
    events, nonevents = ladder.events[::-1], ladder.nonevents[::-1]
    caught, false = np.cumsum(events) - events, np.cumsum(nonevents) - nonevents
    total = float(events.sum())

    def at(before: Floats) -> float:
        spent = before * (digamma(caught + before + events + 1) - digamma(caught + before + 1))
        return float((events - spent).sum()) / total

    return Interval(max(0.0, at(false + nonevents)), min(1.0, at(false)))
