"""Does the score rank patients with the outcome above those without? AUROC and average precision, from cells."""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from audits.core.cells import Cells, Ladder, ladder_of
from audits.core.intervals import Interval, on_logit, wilson
from audits.core.values import Estimate


def auroc(cells: Cells, confidence: float) -> Estimate:
    """AUROC with DeLong's interval on the logit scale; cells must hold both outcomes."""
    if len(np.unique(cells.rank)) < 2:
        return Estimate.undefined("every score is the same, so nothing is ranked", n=cells.rows, events=cells.events)
    value = auroc_point(cells)
    ladder = ladder_of(cells)
    error = math.sqrt(delong_variance(ladder))
    method = "DeLong, logit scale"
    if 0.0 < value < 1.0 and error > 0.0:
        interval = on_logit(value, error, confidence)
    else:
        # DeLong's variance vanishes at 0 and 1 and would claim certainty. The scarcer outcome is the least effective
        # sample size that the ranks can have, so its Wilson limit errs on the wide side (the problem: Obuchowski &
        # Lieber 2002, Acad Radiol 9:526).
        scarce = min(cells.events, cells.nonevents)
        interval = wilson(round(value * scarce), scarce, confidence)
        method = "Wilson on the scarcer outcome (DeLong's variance is zero)"
    bound = 0.0 if cells.exact else binning_bound(ladder)
    if bound > 0.0:
        interval = Interval(max(0.0, interval.low - bound), min(1.0, interval.high + bound))
        method += f", widened by the certified binning error of {bound:.1e}"
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)


def auroc_point(cells: Cells) -> float:
    """scikit-learn's AUROC on weighted cells; equal to the one on rows when cells are exact."""
    return float(roc_auc_score(cells.outcome, cells.rank, sample_weight=cells.n))


def delong_variance(ladder: Ladder) -> float:
    """Variance of the AUROC from placement values, in one pass over the rungs.

    V10 of an event is the share of non-events below it, V01 of a non-event the share of events above it, ties half
    (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837). 0 when an outcome has fewer than two rows.
    """
    events, nonevents = float(ladder.events.sum()), float(ladder.nonevents.sum())
    below = (np.cumsum(ladder.nonevents) - ladder.nonevents / 2) / nonevents
    over = 1 - (np.cumsum(ladder.events) - ladder.events / 2) / events
    area = float(ladder.events @ below) / events
    variance = 0.0
    for weight, placement, total in ((ladder.events, below, events), (ladder.nonevents, over, nonevents)):
        if total > 1:
            variance += float(weight @ (placement - area) ** 2) / (total - 1) / total
    return variance


def binning_bound(ladder: Ladder) -> float:
    """How far the AUROC of binned scores can be from that of the scores: half of the pairs tied by the bins."""
    pairs = float(ladder.events.sum()) * float(ladder.nonevents.sum())
    return 0.5 * float(ladder.events @ ladder.nonevents) / pairs if pairs else 0.0


def average_precision(cells: Cells, confidence: float) -> Estimate:
    """scikit-learn's average precision with a logit interval whose n is the events (Boyd, Eng & Page 2013)."""
    if len(np.unique(cells.rank)) < 2:
        return Estimate.undefined("every score is the same, so nothing is ranked", n=cells.rows, events=cells.events)
    value = float(average_precision_score(cells.outcome, cells.rank, sample_weight=cells.n))
    if 0.0 < value < 1.0:
        error = math.sqrt(value * (1 - value) / cells.events)
        interval, method = on_logit(value, error, confidence), "logit scale, n = events"
    else:
        # The logit is undefined at 0 and 1.
        interval, method = wilson(round(value * cells.events), cells.events, confidence), "Wilson, n = events"
    prevalence = cells.events / cells.rows
    method += f"; prevalence {prevalence:.4g}"
    return Estimate(value, interval.low, interval.high, cells.rows, cells.events, method)
