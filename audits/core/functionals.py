"""What would a measure be on other weights? Point values of weighted cells, many weightings at once, for replicates.

Every interval that is not a closed formula comes from here: a bootstrap draws weights, a jackknife leaves groups of
patients out of them, and the measure itself is the same function either way. With the observed counts as the only
weighting a functional gives the measure's own point value on the same cells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells

#: functional(cells, weights): weights float64[R, m] >= 0, one row per weighting of the m cells, which are in order of
#: (outcome, rank) or any other; gives float64[R], NaN where the measure is undefined.
Functional = Callable[[Cells, Floats], Floats]
#: A sum below this is nothing to divide by: the ratio would leave float64.
_NOTHING = 1e-200


def divide(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, NaN where there is nothing to divide by."""
    nothing = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.asarray(np.divide(top, bottom, out=nothing, where=bottom > _NOTHING))


def auroc(cells: Cells, weights: Floats) -> Floats:
    """P(score of an event > that of a non-event) + half of the ties."""
    events, nonevents = _by_rank(cells, weights)
    below = np.cumsum(nonevents, axis=1) - nonevents / 2
    return divide((events * below).sum(axis=1), events.sum(axis=1) * nonevents.sum(axis=1))


def average_precision(cells: Cells, weights: Floats) -> Floats:
    """Sum over falling scores of precision times the step in sensitivity; equal scores are one step."""
    events, nonevents = (part[:, ::-1] for part in _by_rank(cells, weights))
    caught = np.cumsum(events, axis=1)
    precision = divide(caught, caught + np.cumsum(nonevents, axis=1))
    return divide(np.nansum(precision * events, axis=1), caught[:, -1])


def prevalence(cells: Cells, weights: Floats) -> Floats:
    """Events over rows."""
    return divide(weights @ (cells.outcome == 1), weights.sum(axis=1))


def brier(cells: Cells, weights: Floats) -> Floats:
    """Mean of (score - outcome)^2."""
    return divide(weights @ (cells.square - 2 * cells.score * cells.outcome + cells.outcome), weights.sum(axis=1))


def scaled_brier(cells: Cells, weights: Floats) -> Floats:
    """1 - Brier / (prevalence (1 - prevalence))."""
    share = prevalence(cells, weights)
    return 1 - divide(brier(cells, weights), share * (1 - share))


def oe_ratio(cells: Cells, weights: Floats) -> Floats:
    """Events over the sum of scores."""
    return divide(weights @ (cells.outcome == 1), weights @ cells.score)


def _by_rank(cells: Cells, weights: Floats) -> tuple[Floats, Floats]:
    """float64[R, k]: weights of events and of non-events at each distinct rank, from low to high."""
    rank, place = np.unique(cells.rank, return_inverse=True)
    sides = []
    for outcome in (1, 0):
        side = np.zeros((len(weights), len(rank)))
        chosen = np.flatnonzero(cells.outcome == outcome)
        if len(chosen):
            order = chosen[np.argsort(place[chosen], kind="stable")]
            present, first = np.unique(place[order], return_index=True)
            side[:, present] = np.add.reduceat(weights[:, order], first, axis=1)
        sides.append(side)
    return sides[0], sides[1]
