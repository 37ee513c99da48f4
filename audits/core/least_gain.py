"""Is acting on the model worth it throughout the declared range? The smallest gain over the simple strategies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells
from audits.core.decision_curve import Flagged, described, net_benefits
from audits.core.decision_limits import critical_confidence, gain_limits, grown_words, growth
from audits.core.functionals import Functional
from audits.core.people import Board
from audits.core.values import Estimate

KEY = "least_net_benefit_gain"
TOO_NARROW = "the decision range is too narrow to hold an operating point"


def least_gain(
    counts: Flagged,
    confidence: float,
    replicates: int,
    rng: np.random.Generator,
    board: Board | None = None,
    factor: float = 1.0,
) -> Estimate:
    """The smallest over the range of net benefit less the better of treating all and none.

    Lower limit: the smallest of the pointwise ones, for one operating point is the true smallest (intersection-union:
    Berger 1982, Technometrics 24:295). Upper limit: the smallest of limits that hold at all points at once (max-T).
    board, factor: the same rows by groups of patients, and what they multiply a variance by at most, where patients
    repeat (see `growth`).
    """
    if not len(counts.points):
        return Estimate.undefined(TOO_NARROW, n=counts.rows, events=counts.events)
    gain = counts.model - np.maximum(counts.everyone, 0.0)
    shared = critical_confidence(counts, confidence, replicates, rng, gains=True)
    grown = growth(counts, board, factor, confidence)
    low = float(gain_limits(counts, confidence, grown)[0].min())
    high = float(gain_limits(counts, shared, grown)[1].min())
    value, place = float(gain.min()), int(gain.argmin())
    over = "treating all" if counts.everyone[place] > 0 else "treating none"
    method = f"{described(counts)}; smallest at {counts.points[place]:.4g}, over {over}; lower limit pointwise, upper"
    method += f" limit simultaneous (max-T, {replicates:,} simulated samples){grown_words(board, factor)}"
    return Estimate(value, min(low, value), max(min(1.0, high), value), counts.rows, counts.events, method)


def least_of(model: Floats, rivals: Sequence[Floats]) -> Floats:
    """float64[R]: the smallest over operating points of net benefit less the best rival's and treating no one's.

    model, rivals: float64[R, k], net benefit on each weighting; pass an existing method's as a further rival.
    """
    best = np.maximum.reduce([np.zeros_like(model), *rivals])
    return np.asarray((model - best).min(axis=1))


def functional(points: Floats) -> Functional:
    """The least gain on other weights; on joined cells the counts are those of each cell's lowest score."""

    def measured(cells: Cells, weights: Floats) -> Floats:
        if not len(points):
            return np.full(len(weights), np.nan)
        model, everyone = net_benefits(points, cells, weights)
        return least_of(model, [everyone])

    return measured
