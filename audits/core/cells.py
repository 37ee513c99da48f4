"""What does one slice look like to a measure? Weighted cells: outcome, score and count, ready for `sample_weight`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Flags, Floats, Ints, totals
from audits.core.tally import Tally
from audits.core.tally_spec import INVALID, SCALE, Resolution, Slice


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The valid rows of one slice, compressed.

    outcome: int64[m], 0 or 1. rank: float64[m], orders scores. score: float64[m] in [0, 1], the cell's score (its mean
    when binned). square: float64[m], the cell's mean squared score. n: int64[m] >= 1. above: int64[m], how many cuts
    lie at or below the score. exact: whether each cell is one score.
    """

    outcome: Ints
    rank: Floats
    score: Floats
    square: Floats
    n: Ints
    above: Ints
    exact: bool

    @property
    def rows(self) -> int:
        """Valid rows."""
        return int(self.n.sum())

    @property
    def events(self) -> int:
        """Valid rows with the outcome."""
        return int(self.n[self.outcome == 1].sum())

    @property
    def nonevents(self) -> int:
        """Valid rows without the outcome."""
        return self.rows - self.events

    def flagged(self, cut: int) -> Flags:
        """bool[m]: the score is at or above the cut with this index."""
        return np.asarray(self.above > cut)


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Scores from low to high with both counts: what rank measures climb. All of length k, distinct ranks."""

    rank: Floats
    events: Floats
    nonevents: Floats


def cells_of(tally: Tally, where: Slice) -> Cells:
    """The cells of one slice; empty when the slice has no valid rows."""
    if where not in tally.slices:
        nothing, no_counts = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Cells(no_counts, nothing, nothing, nothing, no_counts, no_counts, True)
    inside = (tally.place == tally.slices.index(where)) & (tally.key != INVALID) & (tally.outcome != INVALID)
    key, n = tally.key[inside], tally.n[inside]
    cuts = np.array(tally.spec.cuts, dtype=np.float64)
    exact = tally.spec.resolution is Resolution.EXACT
    if exact:
        score, square = key, key * key
        above = np.searchsorted(cuts, key, side="right").astype(np.int64)
    else:
        score, square = tally.s1[inside] / (n * float(SCALE)), tally.s2[inside] / (n * float(SCALE))
        above = (key % (len(cuts) + 1)).astype(np.int64)
    return Cells(tally.outcome[inside], key, score, square, n, above, exact)


def ladder_of(cells: Cells) -> Ladder:
    """Both outcomes side by side at each distinct score."""
    rank, place = np.unique(cells.rank, return_inverse=True)
    events = totals(place, cells.n * (cells.outcome == 1), len(rank))
    nonevents = totals(place, cells.n * (cells.outcome == 0), len(rank))
    return Ladder(rank, events, nonevents)


def rungs_of(ladder: Ladder, steps: int) -> Ints:
    """int64[k]: which of at most `steps` rungs of about equal rows each score belongs to, without gaps, in order.

    For replicates only: the ties inside a rung cost far less than the width of an interval.
    """
    if len(ladder.rank) <= steps:
        return np.arange(len(ladder.rank), dtype=np.int64)
    total = ladder.events + ladder.nonevents
    middle = (np.cumsum(total) - total / 2) / total.sum()
    _, place = np.unique((middle * steps).astype(np.int64), return_inverse=True)
    return np.asarray(place, dtype=np.int64)
