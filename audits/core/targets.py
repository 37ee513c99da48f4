"""At which score does a table reach a declared rate, and where would it on other rows?

A cut chosen on the rows that it is then judged on moves with them. Replicates therefore choose it anew: each one is a
sample of everyone, which gives the cut, and of the slice inside it, which is judged there.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from audits.core.arrays import Flags, Floats, Ints, totals
from audits.core.cells import Cells
from audits.core.functionals_operating import Tables
from audits.core.replicates import draw
from audits.core.values import Rate, Target

#: Counts are whole: a share within rounding of the target reaches it.
_ROUNDING = 1e-9
#: Width of a rung around the target, in standard errors of the rate there (see `_rungs`): of the ladder that replicates
#: of everyone climb, and of the edges that boards of patients keep.
_FINE, _COARSE = 0.03, 0.125
#: Edges around the cut that replicates of a slice run on.
_EDGES = 48


def resolve(target: Target, cells: Cells) -> float | str:
    """The score that reaches the target (see `Target`), or the reason why none does. On bins it is a bin's edge."""
    needed = {
        Rate.SENSITIVITY: (cells.events, "no rows with the outcome"),
        Rate.SPECIFICITY: (cells.nonevents, "no rows without the outcome"),
        Rate.FLAG_RATE: (cells.rows, "no rows"),
    }[target.rate]
    if needed[0] == 0:
        return needed[1]
    if len(np.unique(cells.least)) < 2:
        return "every score is the same, so there is no cut-off to choose"
    found = float(recut(target, cells, cells.n[None, :].astype(np.float64))[0])
    if np.isfinite(found):
        return found
    way = "at least" if target.rate is Rate.SPECIFICITY else "at most"
    return f"too many rows tie at the highest score for a {_words(target)} of {way} {target.value:g}"


def _words(target: Target) -> str:
    return target.rate.value.replace("_", " ")


def recut(target: Target, cells: Cells, weights: Floats) -> Floats:
    """float64[R]: the score that reaches the target on each weighting, float64[R, m]; NaN where none does."""
    scores, place = np.unique(cells.least, return_inverse=True)
    columns = np.flatnonzero(concerned(target, cells))
    columns = columns[np.argsort(place[columns], kind="stable")]
    counts = np.zeros((len(weights), len(scores)))
    if len(columns):
        present, first = np.unique(place[columns], return_index=True)
        counts[:, present] = np.add.reduceat(weights[:, columns], first, axis=1)
    # float64[R, k]: rows concerned at or above each score; falls from left to right.
    tail = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    total = tail[:, :1]
    if target.rate is Rate.SENSITIVITY:
        at = (tail >= (target.value - _ROUNDING) * total).sum(axis=1) - 1
    else:
        most = 1 - target.value if target.rate is Rate.SPECIFICITY else target.value
        at = (tail > (most + _ROUNDING) * total).sum(axis=1)
    reached = (total[:, 0] > 0) & (at < len(scores))
    return np.where(reached, scores[np.minimum(at, len(scores) - 1)], np.nan)


def concerned(target: Target, cells: Cells) -> Flags:
    """bool[m]: whether the target's rate is a share of the cell's rows."""
    if target.rate is Rate.FLAG_RATE:
        return np.ones(len(cells.n), dtype=bool)
    return np.asarray(cells.outcome == (1 if target.rate is Rate.SENSITIVITY else 0))


def _rungs(target: Target, cells: Cells, width: float) -> tuple[Floats, Ints, Ints]:
    """Scores, float64[k]; the rung of each, int64[k], rising; and the score of each cell, int64[m].

    A rung is as wide as `width` standard errors of the rate at the target, and further off in proportion to the
    distance: fine enough for a cut that varies with single rows, and for one that varies with patients of many rows.
    Rungs of equal rows are not: the whole sampling distribution of a cut that flags 1% of 100,000 rows lies in one.
    """
    scores, place = np.unique(cells.least, return_inverse=True)
    counts = totals(place, cells.n * concerned(target, cells), len(scores))
    rows = max(1.0, float(counts.sum()))
    tail = np.cumsum(counts[::-1])[::-1] / rows
    wanted = 1 - target.value if target.rate is Rate.SPECIFICITY else target.value
    error = max(math.sqrt(wanted * (1 - wanted) / rows), 1 / rows)
    return scores, np.floor(np.arcsinh((wanted - tail) / error) / width).astype(np.int64), place.astype(np.int64)


def edges_near(target: Target, cells: Cells) -> Floats:
    """float64[k]: scores that replicates of everyone choose between, rising; closest together around the target."""
    scores, rung, _ = _rungs(target, cells, _COARSE)
    return scores[np.flatnonzero(np.diff(rung, prepend=rung[:1] - 1))]


def _near(target: Target, cells: Cells) -> Cells:
    """The same rows in cells that are narrow around the target, for replicates only; never across a cut."""
    _, rung, place = _rungs(target, cells, _FINE)
    rank = (rung - rung.min(initial=0))[place] * (int(cells.above.max(initial=0)) + 1) + cells.above
    _, first, column = np.unique(rank * 2 + cells.outcome, return_index=True, return_inverse=True)
    size = len(first)
    n = totals(column, cells.n, size)
    least = np.full(size, np.inf)
    np.minimum.at(least, column, cells.least)
    return replace(
        cells,
        outcome=cells.outcome[first],
        rank=rank[first].astype(np.float64),
        score=totals(column, cells.n * cells.score, size) / n,
        square=totals(column, cells.n * cells.square, size) / n,
        n=n.astype(np.int64),
        above=cells.above[first],
        least=least,
        exact=False,
    )


def tables_above(cells: Cells, weights: Floats, cuts: Floats) -> Tables:
    """The confusion tables of each weighting, float64[R, m], at its own cut, float64[R]; NaN where that is NaN."""
    order = np.argsort(cells.least, kind="stable")
    at = np.searchsorted(cells.least[order], np.nan_to_num(cuts), side="left")
    sides = []
    for outcome in (1, 0):
        side = weights[:, order] * (cells.outcome[order] == outcome)
        below = np.concatenate([np.zeros((len(side), 1)), np.cumsum(side, axis=1)], axis=1)
        left = below[np.arange(len(side)), at]
        sides.append((np.where(np.isnan(cuts), np.nan, below[:, -1] - left), np.where(np.isnan(cuts), np.nan, left)))
    (tp, fn), (fp, tn) = sides
    return Tables(tp, fp, fn, tn)


class Redrawn:
    """Replicates of everyone as independent rows, each with a cut of its own. cuts: float64[R], NaN where none."""

    def __init__(self, target: Target, everyone: Cells, replicates: int, rng: np.random.Generator) -> None:
        self._target, self._everyone, self._replicates = target, everyone, replicates
        self._cells = _near(target, everyone)
        self._weights = draw(self._cells.n, replicates, rng)
        self.cuts = recut(target, self._cells, self._weights)

    def whole(self) -> Tables:
        """Everyone's tables at the cuts."""
        return tables_above(self._cells, self._weights, self.cuts)

    def within(self, cells: Cells, rng: np.random.Generator) -> Tables:
        """The tables of a slice of everyone. The rows outside it are drawn too, for the cut is everyone's; scores away
        from any replicate's cut are one cell, since only their number matters.
        """
        edges = self._edges()
        own, all_ = _banded(cells, edges), _banded(self._everyone, edges)
        size = len(edges) + 1
        drawn = draw(own, self._replicates, rng)
        rest = all_ - own
        others = draw(rest, self._replicates, rng) if rest.any() else np.zeros_like(drawn)
        # Below every edge nothing is cut: that band stands at the lowest score.
        least = np.tile(np.concatenate([[min(0.0, edges[0])], edges]), 2)
        grid = Cells(
            np.repeat([0, 1], size), least, least, least * least, all_, np.zeros(2 * size, dtype=np.int64), least, False
        )
        # A rare replicate that would cut below every edge is cut at the lowest: the band under it is all the rest.
        cuts = np.maximum(recut(self._target, grid, drawn + others), edges[0])
        return tables_above(grid, drawn, cuts)

    def _edges(self) -> Floats:
        """Scores that replicates cut at, from below the lowest to above the highest, at most _EDGES of them."""
        scores = np.unique(self._cells.least)
        defined = self.cuts[np.isfinite(self.cuts)]
        first, last = np.searchsorted(scores, [defined.min(), defined.max()]) if len(defined) else (0, len(scores) - 1)
        around = scores[max(0, first - 2) : last + 3]
        return np.asarray(around[np.unique(np.linspace(0, len(around) - 1, _EDGES).astype(np.int64))])


def _banded(cells: Cells, edges: Floats) -> Ints:
    """int64[2 * bands]: rows between neighbouring edges, non-events first."""
    size = len(edges) + 1
    band = np.searchsorted(edges, cells.least, side="right")
    return totals(cells.outcome * size + band, cells.n, 2 * size).astype(np.int64)
