"""What else can be said at a cut-off? Likelihood ratios, patients to evaluate, F1 and Matthews' correlation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from audits.core.intervals import Interval, on_log, quantile_of, wilson
from audits.core.operating import Confusion
from audits.core.values import Estimate

_HALVED = "half a row added to each cell, because one is empty"


def positive_likelihood_ratio(counts: Confusion, confidence: float) -> Estimate:
    """Sensitivity / (1 - specificity), log method (Simel, Samsa & Matchar 1991, J Clin Epidemiol 44:763)."""
    if counts.false_positives == 0:
        return _undefined("no row without the outcome is flagged, so the ratio has no upper end", counts)
    if counts.flagged == counts.rows:
        return _undefined("every row is flagged, so a flag says nothing", counts)
    return _ratio(counts.true_positives, counts.false_positives, counts, confidence)


def negative_likelihood_ratio(counts: Confusion, confidence: float) -> Estimate:
    """(1 - sensitivity) / specificity, log method (Simel, Samsa & Matchar 1991, J Clin Epidemiol 44:763)."""
    if counts.true_negatives == 0:
        return _undefined("every row without the outcome is flagged, so the ratio has no upper end", counts)
    if counts.flagged == 0:
        return _undefined("no rows are flagged, so that being left alone says nothing", counts)
    return _ratio(counts.false_negatives, counts.true_negatives, counts, confidence)


def _ratio(hits: int, others: int, counts: Confusion, confidence: float) -> Estimate:
    """hits / events over others / non-events; others > 0."""
    events, nonevents = counts.events, counts.nonevents
    if events == 0 or nonevents == 0:
        return _undefined("only one outcome is present", counts)
    value = (hits / events) / (others / nonevents)
    if 0 < hits < events and others < nonevents:
        error = math.sqrt(1 / hits - 1 / events + 1 / others - 1 / nonevents)
        interval, method = on_log(value, error, confidence), "log method"
    else:
        # A share of 0 or 1 has no error of its own, and the interval would claim to know it (Haldane 1956).
        centre = ((hits + 0.5) / (events + 1)) / ((others + 0.5) / (nonevents + 1))
        error = math.sqrt(1 / (hits + 0.5) - 1 / (events + 1) + 1 / (others + 0.5) - 1 / (nonevents + 1))
        shifted = on_log(centre, error, confidence)
        interval = Interval(min(value, shifted.low) if hits else 0.0, max(value, shifted.high))
        method = f"log method, {_HALVED}"
    return Estimate(value, interval.low, interval.high, counts.rows, events, method)


def number_needed_to_evaluate(counts: Confusion, confidence: float) -> Estimate:
    """Flagged rows per true one: 1 / PPV, the limits of Wilson's interval of the PPV inverted."""
    if counts.true_positives == 0:
        reason = "no rows are flagged" if counts.flagged == 0 else "no flagged row has the outcome"
        return _undefined(reason, counts)
    low, high = wilson(counts.true_positives, counts.flagged, confidence)
    method = f"Wilson of the PPV, inverted, {counts.true_positives} of {counts.flagged}"
    return Estimate(counts.flagged / counts.true_positives, 1 / high, 1 / low, counts.rows, counts.events, method)


def f1(counts: Confusion, confidence: float) -> Estimate:
    """2 TP / (2 TP + FP + FN), the limits those of p = TP / (TP + FP + FN), of which it is 2p / (1 + p).

    Given how many rows are flagged or have the outcome, the true positives among them are binomial.
    """
    concerned = counts.flagged + counts.false_negatives
    if concerned == 0:
        return _undefined("no rows are flagged and none have the outcome", counts)
    low, high = wilson(counts.true_positives, concerned, confidence)
    value = 2 * counts.true_positives / (counts.true_positives + concerned)
    method = f"Wilson of TP / (TP + FP + FN), {counts.true_positives} of {concerned}, as F1"
    return Estimate(value, 2 * low / (1 + low), 2 * high / (1 + high), counts.rows, counts.events, method)


def matthews_correlation(counts: Confusion, confidence: float) -> Estimate:
    """Correlation of flag and outcome; delta method on Fisher's z, the four counts one multinomial sample."""
    cells = np.array(
        [counts.true_positives, counts.false_positives, counts.false_negatives, counts.true_negatives], dtype=np.float64
    )
    margins = (counts.flagged, counts.rows - counts.flagged, counts.events, counts.nonevents)
    if 0 in margins:
        words = ("no rows are flagged", "every row is flagged", "no rows have the outcome", "every row has the outcome")
        return _undefined("; ".join(word for word, total in zip(words, margins, strict=True) if total == 0), counts)
    value, error = _correlation(cells)
    method = "delta method, Fisher's z scale"
    centre = value
    if cells.min() == 0:
        centre, error = _correlation(cells + 0.5)
        method += f", {_HALVED}"
    half = quantile_of(confidence) * error / (1 - centre * centre)
    low, high = (math.tanh(math.atanh(centre) + side * half) for side in (-1, 1))
    value = min(1.0, max(-1.0, value))
    high = max(high, value) if counts.false_positives or counts.false_negatives else 1.0
    low = min(low, value) if counts.true_positives or counts.true_negatives else -1.0
    return Estimate(value, low, high, counts.rows, counts.events, method)


def _correlation(cells: np.ndarray) -> tuple[float, float]:
    """Matthews' correlation of the cells (TP, FP, FN, TN) and its standard error by the delta method."""
    rows = cells.sum()
    tp, fp, fn, tn = cells / rows
    flagged, event = tp + fp, tp + fn
    spread = math.sqrt(flagged * (1 - flagged) * event * (1 - event))
    value = (tp * tn - fp * fn) / spread
    # A row moves the covariance of flag and outcome, and both of their variances.
    flag, outcome = np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 1.0, 0.0])
    a = (flag - flagged) / math.sqrt(flagged * (1 - flagged))
    b = (outcome - event) / math.sqrt(event * (1 - event))
    influence = a * b - value * (a * a + b * b) / 2
    return float(value), math.sqrt(float(cells @ influence**2)) / float(rows)


def _undefined(reason: str, counts: Confusion) -> Estimate:
    return Estimate.undefined(reason, n=counts.rows, events=counts.events)


#: Measures of the confusion counts that are no plain shares, by their key in the catalogue.
RATIOS: Mapping[str, Callable[[Confusion, float], Estimate]] = MappingProxyType(
    {
        "positive_likelihood_ratio": positive_likelihood_ratio,
        "negative_likelihood_ratio": negative_likelihood_ratio,
        "number_needed_to_evaluate": number_needed_to_evaluate,
        "f1": f1,
        "matthews_correlation": matthews_correlation,
    }
)
