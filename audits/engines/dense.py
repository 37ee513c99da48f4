"""How are scores counted when every cell has a place in memory? One pass over the rows, adding into those places.

Four times as fast as GROUPING SETS, bit for bit the same, and only possible while there are few cells: their number
follows from the levels and the bins alone, so it is known before the rows are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.tally import Tally
from audits.core.tally_spec import INVALID, SCALE, Resolution, Slice, Spec

#: Bytes that the counters may take, and cells per row beyond which most of them would stay empty.
_MOST_BYTES = 160 << 20
_CELLS_PER_ROW = 8
_FREE_CELLS = 1 << 18
_COUNTERS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each cell is counted.

    keys: float64[k], the key of every rank, rising with it. levels: of each attribute that a grouping uses, sorted.
    bases: the groupings that are counted; every other one is a sum over one of those. In each slice the cells lie in
    the tally's own order: outcome invalid; then for outcome 0 and 1 the score invalid, and the ranks.
    """

    spec: Spec
    keys: Floats
    levels: Mapping[str, tuple[str, ...]]
    bases: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """Cells in one slice."""
        return 1 + 2 * (len(self.keys) + 1)

    def shape(self, names: Sequence[str]) -> tuple[int, ...]:
        """How many levels each of these attributes has."""
        return tuple(len(self.levels[name]) for name in names)


def layout(spec: Spec, rows: int, levels: Mapping[str, tuple[str, ...]], scores: Floats | None) -> Layout | None:
    """The layout of a table, or None when it would be too large. scores: the distinct ones, for EXACT."""
    keys = _bin_keys(spec) if scores is None else scores
    used = tuple(a.name for a in spec.attributes if any(a.name in names for names in spec.groupings))
    largest = [g for g in spec.groupings if not any(set(g) < set(other) for other in spec.groupings)]
    found = Layout(spec, keys, {name: levels[name] for name in used}, tuple(largest))

    def cells(bases: Sequence[Sequence[str]]) -> int:
        return sum(prod(found.shape(names)) for names in bases) * found.width

    # One addition per row into the cross product of all attributes, when that is not much larger than the table.
    most = _MOST_BYTES // (8 * _COUNTERS)
    if len(largest) > 1 and cells([used]) <= min(most, rows):
        return Layout(spec, keys, found.levels, (used,))
    return found if cells(largest) <= min(most, _FREE_CELLS + _CELLS_PER_ROW * rows) else None


def _bin_keys(spec: Spec) -> Floats:
    """The key of every rank, a rank being the bin plus the cuts at or below the score; ranks no score can have are
    filled with the key before them, and never counted."""
    keys = np.zeros(spec.bins + len(spec.cuts))
    for number in range(spec.bins):
        least, most = number / spec.bins, (number + 1) / spec.bins
        below = sum(cut <= least for cut in spec.cuts)
        inside = sum(least < cut < most or cut == most == 1.0 for cut in spec.cuts)
        for above in range(below, below + inside + 1):
            keys[number + above] = number * (len(spec.cuts) + 1) + above
    return np.maximum.accumulate(keys)


class Counters:
    """Counts and fixed-point sums per cell of every base."""

    def __init__(self, plan: Layout) -> None:
        self._plan = plan
        sizes = [prod(plan.shape(names)) * plan.width for names in plan.bases]
        self._totals = [[np.zeros(size, dtype=np.int64) for _ in range(_COUNTERS)] for size in sizes]

    def add(self, outcome: Ints, score: Floats, codes: Mapping[str, Ints]) -> None:
        """Count some rows. outcome: -1, 0 or 1. score: NaN unless the row is valid. codes: the place of its level."""
        valid = ~np.isnan(score)
        safe = np.where(valid, score, 0.0)
        steps = len(self._plan.keys) + 1
        cell = np.where(outcome == INVALID, 0, 1 + outcome * steps + np.where(valid, self._rank(safe) + 1, 0))
        first = np.floor(safe * SCALE + 0.5).astype(np.int64)
        second = np.floor(safe * safe * SCALE + 0.5).astype(np.int64)
        ones = np.ones(len(cell), dtype=np.int64)
        for names, totals in zip(self._plan.bases, self._totals, strict=True):
            place = np.zeros(len(cell), dtype=np.int64)
            for name in names:
                place = place * len(self._plan.levels[name]) + codes[name]
            place = place * self._plan.width + cell
            for total, values in zip(totals, (ones, first, second), strict=True):
                np.add.at(total, place, values)

    def _rank(self, score: Floats) -> Ints:
        spec = self._plan.spec
        if spec.resolution is Resolution.EXACT:
            return np.searchsorted(self._plan.keys, score).astype(np.int64)
        rank = np.minimum((score * spec.bins).astype(np.int64), spec.bins - 1)
        for cut in spec.cuts:
            rank += score >= cut
        return np.asarray(rank)

    def tally(self) -> Tally:
        """What was counted, in canonical order."""
        parts = [self._grouping(index) for index in range(len(self._plan.spec.groupings))]
        slices = tuple(where for part in parts for where in part[0])
        starts = np.cumsum([0, *(len(part[0]) for part in parts)])
        place = np.concatenate([part[1] + start for part, start in zip(parts, starts[:-1], strict=True)])
        outcome, key, n, s1, s2 = (np.concatenate([part[2][i] for part in parts]) for i in range(5))
        return Tally(
            self._plan.spec, slices, place, outcome.astype(np.int64), key, *(x.astype(np.int64) for x in (n, s1, s2))
        )

    def _grouping(self, index: int) -> tuple[list[Slice], Ints, list[Ints | Floats]]:
        """One grouping: its slices that have rows, and per cell with rows the slice's place and five columns."""
        plan, names = self._plan, self._plan.spec.groupings[index]
        base = next(place for place, held in enumerate(plan.bases) if set(names) <= set(held))
        n, s1, s2 = (self._rolled_up(total, plan.bases[base], names) for total in self._totals[base])
        filled = np.flatnonzero(n)
        where, cell = np.divmod(filled, plan.width)
        present, place = np.unique(where, return_inverse=True)
        labels = list(product(*(plan.levels[name] for name in names)))
        side, rung = np.divmod(cell - 1, len(plan.keys) + 1)
        key = np.concatenate([[float(INVALID)], plan.keys])[np.where(cell > 0, rung, 0)]
        outcome = np.where(cell > 0, side, INVALID)
        slices = [Slice(index, labels[number]) for number in present]
        return slices, place.astype(np.int64), [outcome, key, n[filled], s1[filled], s2[filled]]

    def _rolled_up(self, total: Ints, base: Sequence[str], names: Sequence[str]) -> Ints:
        """The sums over the attributes that are not among `names`, in the order of `names`."""
        shaped = total.reshape(*self._plan.shape(base), self._plan.width)
        summed = shaped.sum(axis=tuple(i for i, name in enumerate(base) if name not in names))
        left = [name for name in base if name in names]
        return np.asarray(summed.transpose(*(left.index(name) for name in names), len(names)).reshape(-1))
