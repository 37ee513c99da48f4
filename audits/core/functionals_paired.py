"""What would a difference between model and existing method be on other weights? For intervals when patients repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from scipy.stats import norm, t

from audits.core.arrays import Floats
from audits.core.catalog import CATALOG
from audits.core.functionals import divide
from audits.core.intervals import Interval
from audits.core.pair_cells import PairBoard, PairCells
from audits.core.scales import Scale, from_error, jackknife_error, student, widened
from audits.core.values import Estimate

#: functional(cells, weights): weights float64[R, m] >= 0; gives float64[R], NaN where the measure is undefined.
PairFunctional = Callable[[PairCells, Floats], Floats]


def comparator_auroc(cells: PairCells, weights: Floats) -> Floats:
    """The comparator's AUROC."""
    return _area(cells, cells.other_rank, weights)


def auroc_difference(cells: PairCells, weights: Floats) -> Floats:
    """The model's AUROC minus the comparator's."""
    return _area(cells, cells.rank, weights) - _area(cells, cells.other_rank, weights)


def brier_difference(cells: PairCells, weights: Floats) -> Floats:
    """The model's Brier score minus the comparator's."""
    loss = (cells.score - cells.outcome) ** 2 - (cells.other - cells.outcome) ** 2
    return divide(weights @ loss, weights.sum(axis=1))


def idi(cells: PairCells, weights: Floats) -> Floats:
    """The model's discrimination slope minus the comparator's."""
    gap = cells.score - cells.other
    means = [divide(weights @ (gap * (cells.outcome == y)), weights @ (cells.outcome == y)) for y in (0, 1)]
    return means[1] - means[0]


def rate_difference(outcome: int, cut: int, other_cut: int) -> PairFunctional:
    """Difference of sensitivity (outcome 1) or of specificity (outcome 0) at a cut of each."""

    def functional(cells: PairCells, weights: Floats) -> Floats:
        flag, other = cells.flags(cut, other_cut)
        inside = cells.outcome == outcome
        gap = (flag.astype(np.float64) - other) * inside * (1 if outcome else -1)
        return divide(weights @ gap, weights @ inside)

    return functional


def net_benefit_difference(cut: int, other_cut: int, odds: float) -> PairFunctional:
    """Difference of net benefit; odds: score / (1 - score) of the operating point."""

    def functional(cells: PairCells, weights: Floats) -> Floats:
        flag, other = cells.flags(cut, other_cut)
        worth = np.where(cells.outcome == 1, 1.0, -odds)
        return divide(weights @ ((flag.astype(np.float64) - other) * worth), weights.sum(axis=1))

    return functional


WHOLE: Mapping[str, PairFunctional] = MappingProxyType(
    {
        "comparator_auroc": comparator_auroc,
        "auroc_vs_comparator": auroc_difference,
        "brier_vs_comparator": brier_difference,
        "idi": idi,
    }
)


def at_point(cut: int, other_cut: int, score: float) -> dict[str, PairFunctional]:
    """The functional behind each measure at an operating point; a p-value has that of the difference it tests."""
    sensitivity, specificity = rate_difference(1, cut, other_cut), rate_difference(0, cut, other_cut)
    return {
        "sensitivity_vs_comparator": sensitivity,
        "specificity_vs_comparator": specificity,
        "mcnemar_sensitivity_p": sensitivity,
        "mcnemar_specificity_p": specificity,
        "net_benefit_vs_comparator": net_benefit_difference(cut, other_cut, score / (1 - score) if score < 1 else 0.0),
        "nri_events": sensitivity,
        "nri_nonevents": specificity,
    }


def by_people(
    measure: str, found: Estimate, functional: PairFunctional, board: PairBoard, confidence: float
) -> Estimate:
    """The same estimate with an interval (or p-value) for patients that repeat: delete-a-group jackknife."""
    if found.value is None:
        return found
    left = functional(board.pairs, board.left_out())
    groups = len(left)
    error = jackknife_error(left) if groups > 1 else 0.0
    method = f"delete-a-group jackknife over {groups} groups of patients"
    quantile = student(confidence, groups)
    interval = from_error(found.value, error, _scale(measure), quantile, confidence) if error else None
    if measure.endswith("_p") and interval is not None:
        value = float(functional(board.pairs, board.by_group.sum(axis=0, keepdims=True))[0])
        p = float(2 * t.sf(abs(value) / error, groups - 1))
        return replace(found, value=p, method=f"t test of the difference, {method}")
    if interval is None:
        return widened_by(measure, found, board.design_factor, "leaving patients out changes nothing")
    interval = within(measure, interval)
    low, high = min(interval.low, found.value), max(interval.high, found.value)
    return replace(found, low=low, high=high, method=method)


def within(measure: str, interval: Interval) -> Interval:
    """The interval inside the range of the measure; a net benefit has none."""
    entry = CATALOG[measure]
    low = interval.low if entry.low is None else max(entry.low, interval.low)
    return Interval(low, interval.high if entry.high is None else min(entry.high, interval.high))


def widened_by(measure: str, found: Estimate, factor: float, why: str) -> Estimate:
    """The estimate as unsure as repeated patients can make it, where groups of patients do not tell.

    factor: >= 1, by which they can multiply a variance. why: what is wrong with the groups, in words.
    """
    words = f"{found.method}; widened by the root of {factor:.4g} rows per patient, weighed by rows: {why}"
    if measure.endswith("_p") and found.value is not None:
        return replace(found, value=float(2 * norm.sf(norm.isf(found.value / 2) / math.sqrt(factor))), method=words)
    if found.value is None or found.low is None or found.high is None:
        return found
    interval = within(measure, widened(found, _scale(measure), factor))
    return replace(found, low=min(interval.low, found.value), high=max(interval.high, found.value), method=words)


def _scale(measure: str) -> Scale:
    return Scale.LOGIT if measure == "comparator_auroc" else Scale.PLAIN


def _area(cells: PairCells, rank: Floats, weights: Floats) -> Floats:
    """float64[R]: P(score of an event > that of a non-event) + half of the ties."""
    ladder, place = np.unique(rank, return_inverse=True)
    sides = []
    for outcome in (1, 0):
        side = np.zeros((len(ladder), len(weights)))
        chosen = np.flatnonzero(cells.outcome == outcome)
        np.add.at(side, place[chosen], weights[:, chosen].T)
        sides.append(side)
    events, nonevents = sides
    below = np.cumsum(nonevents, axis=0) - nonevents / 2
    return divide((events * below).sum(axis=0), events.sum(axis=0) * nonevents.sum(axis=0))
