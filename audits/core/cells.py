"""What does one slice look like to a measure? Weighted cells: outcome, score and count, ready for `sample_weight`."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from audits.core.arrays import Flags, Floats, Ints, totals
from audits.core.tally import Tally
from audits.core.tally_spec import INVALID, SCALE, Resolution, Slice


@dataclass(frozen=True, eq=False)
class Cells:
    """The valid rows of one slice, compressed. What many measures ask for is found once and kept.

    outcome: int64[m], 0 or 1. rank: float64[m], orders scores. score: float64[m] in [0, 1], the cell's score (its mean
    when binned). square: float64[m], the cell's mean squared score. n: int64[m] >= 1. above: int64[m], how many cuts
    lie at or below the score. least: float64[m] in [0, 1], the lowest score that the cell can hold: every row of the
    cell is at or above any k/256 that is at or below it. exact: whether each cell is one score.
    """

    outcome: Ints
    rank: Floats
    score: Floats
    square: Floats
    n: Ints
    above: Ints
    least: Floats
    exact: bool

    @cached_property
    def rows(self) -> int:
        """Valid rows."""
        return int(self.n.sum())

    @cached_property
    def events(self) -> int:
        """Valid rows with the outcome."""
        return int(self.n[self.outcome == 1].sum())

    @property
    def nonevents(self) -> int:
        """Valid rows without the outcome."""
        return self.rows - self.events

    @cached_property
    def ladder(self) -> Ladder:
        """Both outcomes side by side at each distinct score."""
        rank, rung = self._ranked
        events, nonevents = (totals(rung, self.n * (self.outcome == outcome), len(rank)) for outcome in (1, 0))
        return Ladder(rank, events, nonevents)

    @property
    def rung(self) -> Ints:
        """int64[m]: the place of each cell in the ladder."""
        return self._ranked[1]

    @cached_property
    def _ranked(self) -> tuple[Floats, Ints]:
        rank, rung = np.unique(self.rank, return_inverse=True)
        return rank, rung

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
    index = bisect_left(tally.slices, where)
    if tally.slices[index : index + 1] != (where,):
        nothing, no_counts = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Cells(no_counts, nothing, nothing, nothing, no_counts, no_counts, nothing, True)
    first, end = np.searchsorted(tally.place, (index, index + 1))
    inside = first + np.flatnonzero((tally.key[first:end] != INVALID) & (tally.outcome[first:end] != INVALID))
    key, n = tally.key[inside], tally.n[inside]
    cuts = np.array(tally.spec.cuts, dtype=np.float64)
    exact = tally.spec.resolution is Resolution.EXACT
    if exact:
        score, square = key, key * key
        above, least = np.searchsorted(cuts, key, side="right").astype(np.int64), key
    else:
        score, square = tally.s1[inside] / (n * float(SCALE)), tally.s2[inside] / (n * float(SCALE))
        ordinal, above = np.divmod(key.astype(np.int64), len(cuts) + 1)
        least = ordinal / tally.spec.bins
    return Cells(tally.outcome[inside], key, score, square, n, above, least, exact)


def compressed(cells: Cells, steps: int) -> Cells:
    """The same rows in at most about `steps` cells per outcome, for replicates only: cells of neighbouring scores are
    joined, never across a cut, so that shares at operating points stay exact and only ties inside a cell are new.
    """
    rung = rungs_of(cells.ladder, steps)[cells.rung]
    width = int(cells.above.max(initial=0)) + 1
    _, place = np.unique((rung * width + cells.above) * 2 + cells.outcome, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    n = totals(place, cells.n, size).astype(np.int64)
    first = np.zeros(size, dtype=np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    least = np.full(size, np.inf)
    np.minimum.at(least, place, cells.least)
    return Cells(
        outcome=cells.outcome[first],
        rank=(rung * width + cells.above)[first].astype(np.float64),
        score=totals(place, cells.n * cells.score, size) / n,
        square=totals(place, cells.n * cells.square, size) / n,
        n=n,
        above=cells.above[first],
        least=least,
        exact=False,
    )


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
