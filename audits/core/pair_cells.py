"""What does one slice look like to a comparison? Weighted cells that hold both answers about the same patients."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Flags, Floats, Ints, totals
from audits.core.cells import Cells, cells_of
from audits.core.pair_tally import PairSpec, PairTally
from audits.core.people import GROUPS, design_factor
from audits.core.slices import MISSING
from audits.core.tally_spec import SCALE, Slice


@dataclass(frozen=True, slots=True, eq=False)
class PairCells:
    """The pairs of one slice, compressed; all of length m.

    outcome: int64, 0 or 1. rank, other_rank: float64, order the scores and the comparator's answers. score, other:
    float64 in [0, 1], the cell's values (means when binned). n: int64 >= 1. above, other_above: int64, how many cuts
    of each lie at or below it.
    """

    outcome: Ints
    rank: Floats
    other_rank: Floats
    score: Floats
    other: Floats
    n: Ints
    above: Ints
    other_above: Ints

    @property
    def rows(self) -> int:
        """Pairs."""
        return int(self.n.sum())

    @property
    def events(self) -> int:
        """Pairs with the outcome."""
        return int(self.n[self.outcome == 1].sum())

    def flags(self, cut: int, other_cut: int) -> tuple[Flags, Flags]:
        """bool[m] each: whether the score, and whether the comparator, is at or above its cut with this index."""
        return np.asarray(self.above > cut), np.asarray(self.other_above > other_cut)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One slice as a comparison sees it: the pairs, and each side of them on its own, on the very same patients."""

    pairs: PairCells
    model: Cells
    comparator: Cells

    @property
    def decides(self) -> bool:
        """Whether the comparator is a decision, all its answers being 0 or 1."""
        answer = self.comparator.score
        return bool(np.all((answer == 0.0) | (answer == 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class PairBoard:
    """One slice by groups of patients. by_group: float64[GROUPS, m], pairs of each group; columns add up to pairs.n."""

    pairs: PairCells
    by_group: Floats

    def left_out(self) -> Floats:
        """float64[g, m]: weights with one group left out at a time; only groups that have pairs in the slice."""
        present = self.by_group[self.by_group.sum(axis=1) > 0]
        return np.asarray(self.by_group.sum(axis=0) - present)

    @property
    def design_factor(self) -> float:
        """See `people.design_factor`."""
        return design_factor(self.by_group.sum(axis=1))

    @property
    def groups(self) -> int:
        """Groups that have pairs in the slice."""
        return int((self.by_group.sum(axis=1) > 0).sum())


def pair_of(tally: PairTally, where: Slice) -> Pair:
    """One slice of a pair tally; empty when it has no pairs."""
    pairs = _cells(tally, _entries(tally, *_run(tally, where)))
    if tally.spec.exact:
        sides = (
            Cells(pairs.outcome, rank, rank, rank * rank, pairs.n, above, rank, True)
            for rank, above in ((pairs.rank, pairs.above), (pairs.other_rank, pairs.other_above))
        )
        return Pair(pairs, *sides)
    return Pair(pairs, *(cells_of(margin, where) for margin in tally.margins))


def board_of(tally: PairTally, where: Slice, rng: np.random.Generator) -> PairBoard:
    """The pairs of a slice by groups of patients. tally: one whose every grouping ends with the subject.

    A row without a subject is a patient of its own: those rows are dealt out to the groups at random.
    """
    first, last = _run(tally, where)
    chosen = _entries(tally, first, last)
    levels = [each.levels[-1] for each in tally.slices[first:last]]
    group = np.array([-1 if level == MISSING else int(level) for level in levels], dtype=np.int64)
    whole = _cells(tally, chosen)
    names = np.stack([whole.outcome.astype(np.float64), whole.rank, whole.other_rank], axis=1)
    _, one, column = np.unique(names, axis=0, return_index=True, return_inverse=True)
    size, whose, column = len(one), group[tally.place[chosen] - first], column.ravel().astype(np.int64)
    n = totals(column, whole.n, size)
    score, other = (totals(column, whole.n * value, size) / n for value in (whole.score, whole.other))
    joined = PairCells(
        whole.outcome[one], whole.rank[one], whole.other_rank[one], score, other, n.astype(np.int64),
        whole.above[one], whole.other_above[one],
    )  # fmt: skip
    named = whose >= 0
    by_group = totals(whose[named] * size + column[named], whole.n[named], GROUPS * size).reshape(GROUPS, size)
    lost = totals(column[~named], whole.n[~named], size).astype(np.int64)
    return PairBoard(joined, by_group + rng.multinomial(lost, np.full(GROUPS, 1 / GROUPS)).T)


def bands(spec: PairSpec, cells: PairCells, edges: Floats, other_edges: Floats) -> tuple[Ints, Ints]:
    """int64[m] twice: between which of these scores each cell lies on its side, 0 below them all.

    spec: what the cells were counted by; where it is binned the scores should be among its edges.
    """
    found = []
    sides = ((cells.rank, spec.edges, edges), (cells.other_rank, spec.other_edges, other_edges))
    for rank, known, scores in sides:
        # A binned rank counts the edges at or below the value.
        least = rank if spec.exact else np.concatenate([[-1.0], known])[rank.astype(np.int64)]
        found.append(np.searchsorted(scores, least, side="right").astype(np.int64))
    return found[0], found[1]


def occupied(spec: PairSpec, cells: PairCells, wanted: PairSpec) -> int:
    """How many cells the pairs counted by one specification have by another, coarser one."""
    if wanted.exact:
        return len(cells.n)
    one, other = bands(spec, cells, np.array(wanted.edges), np.array(wanted.other_edges))
    return len(np.unique(np.stack([cells.outcome, one, other]), axis=1).T)


def _run(tally: PairTally, where: Slice) -> tuple[int, int]:
    """The slices of the tally that are this one, or this one by the levels of a further attribute: from, to.

    Slices are sorted, so they lie side by side and are found without looking at the others.
    """
    first = last = bisect_left(tally.slices, where)
    size = len(where.levels)
    while last < len(tally.slices) and tally.slices[last].levels[:size] == where.levels:
        if tally.slices[last].grouping != where.grouping:
            break
        last += 1
    return first, last


def _entries(tally: PairTally, first: int, last: int) -> Ints:
    """int64: which entries are pairs of the slices from first to before last. Entries are sorted by slice."""
    start, stop = np.searchsorted(tally.place, (first, last))
    return np.asarray(start + np.flatnonzero(tally.other[start:stop] >= 0))


def _cells(tally: PairTally, chosen: Ints) -> PairCells:
    """These entries as cells, in their order."""
    spec, n = tally.spec, tally.n[chosen]
    key, other = tally.key[chosen], tally.other[chosen]
    sides = []
    for rank, cuts, edges in ((key, spec.cuts, spec.edges), (other, spec.other_cuts, spec.other_edges)):
        # A binned key counts the edges at or below the value, so a cut is passed when its own edge is among them.
        at = np.array(cuts) if spec.exact else np.searchsorted(edges, cuts) + 1.0
        sides.append(np.searchsorted(at, rank, side="right").astype(np.int64))
    score, mean = (key, other) if spec.exact else (sums[chosen] / (n * float(SCALE)) for sums in (tally.s, tally.c))
    return PairCells(tally.outcome[chosen], key, other, score, mean, n, *sides)
